"""Searching while there is no index yet: codes and beginnings of titles, never an error."""

from collections.abc import Awaitable, Callable
from typing import Any

from backend.testing import Client
from tests.public_services.conftest import BIRTH, options, package, raw


async def test_a_title_is_found_by_its_beginning(
    client: Client, publish: Callable[..., Awaitable[Any]]
) -> None:
    await publish(package(raw()), options())

    by_title = (await client.get("/v1/public-services/search", params={"q": "đăng ký"})).json()
    by_code = (await client.get("/v1/public-services/search", params={"q": BIRTH})).json()
    suggested = await client.get("/v1/public-services/suggestions", params={"q": "dang"})

    assert [hit["card"]["code"] for hit in by_title["hits"] + by_code["hits"]] == [BIRTH, BIRTH]
    assert (by_title["index"]["version"], suggested.json()["suggestions"]) == (0, [])
