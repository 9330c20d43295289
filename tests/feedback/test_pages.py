"""What people see in a browser is what programs read, and nothing more."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from backend.testing import Caller, Client

from .staging import reveal

Act = Callable[..., Awaitable[Any]]


@pytest.fixture
async def report(as_staff: Callable[..., Caller], citizen: Caller, file: Act, act: Act) -> Any:
    """A public report whose reporter wrote markup and a number."""
    moderator = as_staff("moderator", areas=["38"])
    filed = (await file(citizen, text="Hố <b>sâu</b> trước cổng, gọi 0912 345 678 nhé.")).json()
    await act(moderator, "desk", filed, "claim")
    await reveal(moderator, filed["id"])
    return filed


async def test_the_page_of_a_report_shows_its_masked_words_as_text(
    client: Client, report: Any
) -> None:
    shown = await client.get(f"/reports/{report['code']}")

    assert (shown.status_code, shown.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "Hố &lt;b&gt;sâu&lt;/b&gt; trước cổng" in shown.text
    assert "0912" not in shown.text
    assert "Phường Hạc Thành" in shown.text
    assert "script" not in shown.headers["content-security-policy"]


async def test_the_list_is_filtered_as_a_form_sends_it(client: Client, report: Any) -> None:
    everything = await client.get("/reports?category=&state=")
    others = await client.get("/reports?category=&state=resolved")

    assert report["code"] in everything.text
    assert others.status_code == 200
    assert report["code"] not in others.text


async def test_what_is_not_public_is_a_page_that_says_so(
    client: Client, citizen: Caller, file: Act
) -> None:
    private = (await file(citizen)).json()

    for code in (private["code"], "PA-000000"):
        shown = await client.get(f"/reports/{code}", headers={"Accept-Language": "en"})
        assert (shown.status_code, shown.headers["content-type"]) == (
            404,
            "text/html; charset=utf-8",
        )
        assert "<h1>Not found</h1>" in shown.text


async def test_a_list_that_cannot_be_meant_is_refused_in_words(client: Client) -> None:
    shown = await client.get("/reports?commune=abc")

    assert shown.status_code == 400
    assert "<code>commune</code>" in shown.text
    assert "abc" not in shown.text
