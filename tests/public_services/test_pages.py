"""The search, a procedure and a life event, as people open them, with scripts off."""

import html
import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from backend.kernel import folded
from backend.testing import Caller, Client, Clock
from modules.public_services import demo
from modules.public_services.scopes import EDIT
from modules.public_services.service import indexing
from tests.public_services.conftest import LAND, channel, fee, options, package, raw

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


def links(page: str) -> list[tuple[str, str]]:
    """Addresses and what one reads there, as a reader meets them."""
    found = re.findall(r'<a [^>]*href="([^"]+)"[^>]*>(.*?)</a>', page, re.DOTALL)
    return [
        (html.unescape(to), html.unescape(re.sub("<[^>]+>", "", said)).strip())
        for to, said in found
    ]


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


async def test_the_page_says_why_it_found_what_no_title_says(client: Client) -> None:
    shown = await client.get("/procedures", params={"q": "vợ tôi vừa sinh em bé"})

    assert "vợ tôi vừa sinh em bé" in re.findall(r'<q lang="vi">(.*?)</q>', shown.text)


async def test_what_begins_like_the_question_is_suggested_without_a_script(client: Client) -> None:
    shown = (await client.get("/procedures", params={"q": "dang ky"})).text
    suggested = shown.partition('id="suggested"')[2].partition("</section>")[0]
    found = shown.partition('class="cards"')[2]

    assert len(links(suggested)) > 0
    assert {said[:7].lower() for _, said in links(suggested)} == {"đăng ký"}
    assert not {to for to, _ in links(suggested)} & {to for to, _ in links(found)}


async def test_an_answer_is_narrowed_by_what_it_has_and_widened_again(client: Client) -> None:
    shown = (await client.get("/procedures", params={"q": "đăng ký"})).text
    narrower = next(to for to, said in links(shown) if said == "Cấp tỉnh")
    narrowed = (await client.get(narrower)).text
    wider = next(to for to, said in links(narrowed) if said == "Bỏ thu hẹp")
    codes = re.findall(r'href="/procedures/([\d.]+)"', narrowed.partition('class="cards"')[2])
    told = [(await client.get(f"/v1/public-services/procedures/{each}")).json() for each in codes]

    assert 'aria-current="true">Cấp tỉnh' in narrowed
    assert all("province" in each["levels"] for each in told)
    assert (await client.get(wider)).text == shown


async def test_what_is_nobodys_matter_says_whom_to_ring(client: Client) -> None:
    shown = await client.get("/procedures", params={"q": "kết quả xổ số miền bắc"})
    twin = await client.get("/v1/public-services/search", params={"q": "kết quả xổ số miền bắc"})

    numbers = [each["number"] for each in twin.json()["hotlines"]]
    assert numbers
    assert [f"tel:{each}" for each in numbers] == [
        to for to, _ in links(shown.text) if to.startswith("tel:")
    ]


async def test_a_procedure_says_what_to_bring_how_long_how_much_and_where(client: Client) -> None:
    shown = (await client.get(f"/procedures/{BIRTH}", headers={"Accept-Language": "vi"})).text
    offices = (await client.get(f"/v1/public-services/offices?procedure={BIRTH}")).json()["offices"]

    assert "Tờ khai đăng ký khai sinh" in shown
    assert "1 ngày làm việc" in shown
    assert "Miễn phí" in shown
    assert offices
    assert all(each["office"]["name"] in shown for each in offices)
    assert 'href="tel:18001096"' in shown


async def test_a_procedure_is_told_to_search_engines_in_their_words(client: Client) -> None:
    shown = (await client.get(f"/procedures/{BIRTH}")).text
    twin = (await client.get(f"/v1/public-services/procedures/{BIRTH}/schema-org")).json()

    told = re.search(r'<script type="application/ld\+json">(.*?)</script>', shown, re.DOTALL)
    assert told
    assert json.loads(told[1]) == twin


async def test_nothing_that_a_file_says_leaves_its_place_in_the_page(
    client: Client, publish: Callable[..., Any]
) -> None:
    bad = "</script><script>alert(1)</script>"
    council = channel(1, 20, "Ngày", fee(0, f"Do HĐND cấp tỉnh quy định {bad}"))
    field = [{"MALINHVUC": "X", "TENLINHVUC": bad}]
    more = {"CACHTHUCTHUCHIEN": [council], "YEUCAU": bad, "LINHVUCTHUCHIEN": field}
    land = raw(LAND, f"Đăng ký đất {bad}", **more)
    await publish(package(land), options())

    shown = (await client.get(f"/procedures/{LAND}")).text

    assert "<script>" not in shown
    assert "Do HĐND tỉnh quy định" in shown
    assert "Miễn phí" not in shown


async def test_words_in_ones_own_language_are_shown_where_an_editor_wrote_them(
    client: Client, as_staff: Callable[..., Caller], clock: Clock
) -> None:
    path = f"/v1/public-services/procedures/{BIRTH}"
    await as_staff(*EDIT.roles).put(
        f"{path}/citizen-text?lang=en",
        json={"plain_title": "Register a birth", "summary": "For a child born here."},
        headers={"If-Match": '"0"'},
    )
    clock.advance(seconds=3)

    said = {
        lang: (await client.get(path, headers={"Accept-Language": lang})).json()["citizen_text"]
        for lang in ("vi", "en")
    }
    shown = await client.get(f"/procedures/{BIRTH}", headers={"Accept-Language": "en"})

    assert [(each["plain_title"], each["lang"]) for each in said.values()] == [
        ("Làm giấy khai sinh cho con", "vi"),
        ("Register a birth", "en"),
    ]
    assert '<h1 lang="en">Register a birth</h1>' in shown.text


async def test_without_a_question_there_are_life_events_and_fields(client: Client) -> None:
    shown = (await client.get("/procedures")).text
    to = {said: path for path, said in links(shown)}

    field = (await client.get(to["Hộ tịch"])).text
    event = (await client.get(to["Sinh con và nuôi con nhỏ"])).text

    assert f'href="/procedures/{BIRTH}"' in field
    assert 'href="/procedures/9.001006"' in event
    assert 'href="/procedures/9.020004"' in event


async def test_a_long_field_goes_on_over_pages_until_it_is_over(client: Client) -> None:
    seen: list[str] = []
    address = "/procedures?audience=citizen"
    while address:
        shown = (await client.get(address)).text
        seen += re.findall(r'href="/procedures/([\d.]+)"', shown.partition('class="cards"')[2])
        address = next((to for to, said in links(shown) if said == "Xem tiếp"), "")

    assert len(seen) == len(set(seen)) > 100


async def test_a_life_event_counts_from_a_day_and_goes_into_a_calendar(client: Client) -> None:
    shown = await client.get("/life-events/sinh-con?fact_on=2026-01-05")
    entry = next(to for to, said in links(shown.text) if said == "Đưa vào lịch của tôi")
    kept = await client.get(entry)
    days = ["2026-02-30", "1800-01-01", "x"]
    impossible = [await client.get(f"/life-events/sinh-con?fact_on={day}") for day in days]

    assert "19/02/2026" in shown.text
    assert shown.headers["cache-control"] == "private, no-store"
    assert kept.headers["content-type"] == "text/calendar; charset=utf-8"
    assert b"DTSTART;VALUE=DATE:20260219" in kept.content
    assert {each.status_code for each in impossible} == {400}
    assert (await client.get("/life-events/khong-co")).status_code == 404


@pytest.mark.parametrize("path", ["/procedures", f"/procedures/{BIRTH}", "/life-events/sinh-con"])
async def test_every_page_speaks_english_too_and_marks_what_it_quotes(
    client: Client, path: str
) -> None:
    shown = (await client.get(path, headers={"Accept-Language": "en"})).text

    assert '<html lang="en">' in shown
    quoted = r'<(\w+)[^>]* lang="vi"[^>]*>.*?</\1>|<head>.*?</head>'
    ours = re.sub("<[^>]+>", " ", re.sub(quoted, "", shown, flags=re.DOTALL))
    marked = [word for word in ours.split() if folded(word) != word.lower()]
    assert set(marked) <= {"Tỉnh-S", "₫", "·"}


async def test_an_unknown_procedure_is_a_page_that_says_so(client: Client) -> None:
    shown = await client.get("/procedures/9.999999")

    assert shown.status_code == 404
    assert shown.headers["content-type"] == "text/html; charset=utf-8"
