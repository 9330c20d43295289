"""The search and a procedure, as people open them."""

import html
from collections.abc import Callable
from typing import Any

import pytest

from backend.testing import Client, Clock
from modules.public_services import demo
from modules.public_services.service import indexing

BIRTH = "9.001001"
_seeded: list[bool] = []


@pytest.fixture(autouse=True)
async def catalogue(as_job: Callable[..., Any], clock: Clock) -> None:
    """The example catalogue, once for this file."""
    if not _seeded:
        async with as_job() as tx:
            await demo.seed(tx)
            await indexing.rebuild(tx)
        clock.advance(seconds=3)
        _seeded.append(True)


async def test_everyday_words_lead_to_the_procedure(client: Client) -> None:
    shown = await client.get("/procedures", params={"q": "lam giay khai sinh cho con"})

    assert f'href="/procedures/{BIRTH}"' in shown.text
    assert "<mark>" in shown.text


async def test_a_question_is_repeated_as_text(client: Client) -> None:
    asked = '"><script>alert(1)</script>'
    shown = await client.get("/procedures", params={"q": asked})

    assert shown.status_code == 200
    assert "<script>" not in shown.text
    assert html.escape("<script>") in shown.text


async def test_a_procedure_says_what_to_bring_how_long_and_how_much(client: Client) -> None:
    shown = await client.get(f"/procedures/{BIRTH}", headers={"Accept-Language": "vi"})

    assert "Tờ khai đăng ký khai sinh" in shown.text
    assert "1 ngày làm việc" in shown.text
    assert "Miễn phí" in shown.text


async def test_without_a_question_there_are_fields(client: Client) -> None:
    shown = await client.get("/procedures")

    assert "Hộ tịch" in shown.text


async def test_an_unknown_procedure_is_a_page_that_says_so(client: Client) -> None:
    shown = await client.get("/procedures/9.999999")

    assert shown.status_code == 404
    assert shown.headers["content-type"] == "text/html; charset=utf-8"
