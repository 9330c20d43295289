"""Those who keep the catalogue work in a browser, with scripts off, as their programs do."""

import html
import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from backend.testing import Caller, Client, Clock
from modules.public_services.scopes import CONNECTOR, EDIT, PUBLISH
from modules.public_services.service import indexing
from tests.public_services.conftest import BIRTH, options, package, raw

CONSOLE = "/console/public-services"
BASE = "/v1/public-services"
VIETNAMESE = {"Accept-Language": "vi"}
BROUGHT = {"decision": "QĐ 7/2026", "agency": "Bộ", "effective_on": "2026-01-02"}
SWIFTS = "1.700001"


@pytest.fixture
def editor(as_staff: Callable[..., Caller]) -> Caller:
    return as_staff("catalogue_editor")


@pytest.fixture
def publisher(as_staff: Callable[..., Caller]) -> Caller:
    return as_staff("catalogue_publisher")


async def press(officer: Caller, path: str, page: str, **said: str) -> Any:
    """Send a form as a browser does: with the token that stood on the page."""
    headers = {"Origin": "null", "X-CSRF-Token": "", **VIETNAMESE}
    form = {"csrf": await token_on(officer, page), **said}
    return await officer.send("POST", path, data=form, headers=headers)


async def bring(officer: Caller, content: bytes) -> Any:
    """Send the form of the page of files, with a file."""
    page = f"{CONSOLE}/imports"
    headers = {"Origin": "null", "X-CSRF-Token": "", **VIETNAMESE}
    form = {"csrf": await token_on(officer, page), **BROUGHT}
    files = {"file": ("package.json", content)}
    return await officer.send("POST", page, data=form, files=files, headers=headers)


async def token_on(officer: Caller, page: str) -> str:
    token = re.search(r'name="csrf" value="([^"]+)"', (await officer.get(page)).text)
    assert token is not None
    return token[1]


def text_of(page: str) -> str:
    return " ".join(html.unescape(re.sub("<[^>]+>", " ", page)).split())


async def test_a_file_is_brought_read_row_by_row_and_published_by_somebody_else(
    editor: Caller,
    publisher: Caller,
    client: Client,
    work: Callable[[], Awaitable[list[str]]],
    clock: Clock,
) -> None:
    form = f"{CONSOLE}/imports"
    birds = raw(SWIFTS, "Đăng ký nuôi chim yến")
    bad = raw("1.7", "Thủ tục sai mã")

    empty = await press(editor, form, form, **BROUGHT)
    brought = await bring(editor, package(raw(), birds, bad))
    page = brought.headers["location"]
    waiting = await editor.get(page, headers=VIETNAMESE)
    await work()
    read = text_of((await editor.get(page, headers=VIETNAMESE)).text)
    refused = await press(publisher, f"{page}/application", page)
    withdrawn = await press(editor, f"{page}/withdrawal", page)
    again = await bring(editor, package(raw(), birds))
    page = again.headers["location"]
    await work()
    early = await editor.get(page, headers=VIETNAMESE)
    forbidden = await press(editor, f"{page}/application", page)
    applied = await press(publisher, f"{page}/application", page)
    clock.advance(seconds=3)
    listed = text_of((await publisher.get(form, headers=VIETNAMESE)).text)

    assert (empty.status_code, brought.status_code) == (400, 303)
    assert "QĐ 7/2026" in empty.text, "what was filled in stays"
    assert "Tệp đang được đọc" in waiting.text
    assert "/result/2" in read
    assert "bad-code 1.7" in read
    assert refused.status_code == 409
    assert withdrawn.status_code == again.status_code == 303
    assert f'action="{page}/application"' not in early.text, "whoever brings does not publish"
    assert (forbidden.status_code, applied.status_code) == (403, 303)
    assert "Đã công bố" in listed
    assert (await client.get(f"{BASE}/procedures/{SWIFTS}")).status_code == 200


async def test_a_word_is_tried_before_it_is_kept(
    editor: Caller,
    as_job: Callable[..., Any],
    client: Client,
    publish: Callable[..., Awaitable[Any]],
    work: Callable[[], Awaitable[list[str]]],
    clock: Clock,
) -> None:
    await _catalogue(publish, as_job, clock)
    page = f"{CONSOLE}/terms"
    word = {"kind": "synonym", "text": "zorbax", "target": "nuôi chim yến", "questions": "zorbax"}

    tried = await press(editor, page, page, do="try", **word)
    before = (await editor.get(f"{BASE}/search-terms?kind=synonym")).json()["items"]
    refused = await press(editor, page, page, do="keep", **{**word, "target": ""})
    kept = await press(editor, page, page, do="keep", **word)
    twice = await press(editor, page, page, do="keep", **word)
    await work()
    clock.advance(seconds=3)
    (term,) = (await editor.get(f"{BASE}/search-terms?kind=synonym")).json()["items"]
    address = f"{page}/{term['id']}"
    changed = await press(
        editor, address, address, do="keep", version="1", **{**word, "note": "chim"}
    )
    stale = await press(editor, address, address, do="keep", version="1", **word)
    found = (await client.get(f"{BASE}/search?q=zorbax")).json()["hits"]
    gone = await press(editor, f"{address}/removal", address, do="drop")

    assert (tried.status_code, before) == (200, [])
    assert SWIFTS in tried.text
    assert "1 câu có năm kết quả đầu khác đi" in tried.text
    assert (refused.status_code, kept.status_code, twice.status_code) == (422, 303, 409)
    assert "nuôi chim yến" in twice.text, "what was written stays"
    assert (changed.status_code, stale.status_code, gone.status_code) == (303, 412, 303)
    assert found[0]["card"]["code"] == SWIFTS
    assert (await editor.get(f"{BASE}/search-terms?kind=synonym")).json()["items"] == []


async def test_a_life_event_is_shown_as_citizens_will_read_it_before_it_is_kept(
    editor: Caller,
    client: Client,
    as_job: Callable[..., Any],
    publish: Callable[..., Awaitable[Any]],
    clock: Clock,
) -> None:
    await _catalogue(publish, as_job, clock)
    page = f"{CONSOLE}/life-events/nuoi-yen"
    said = {"title": "Nuôi yến", "audience": "business", "fact": "Ngày", "position": "7"}
    steps = f"{SWIFTS} | -10 | Trước khi làm\r\n\r\n9.999999 | 3"

    bad = await press(editor, page, page, do="keep", steps=f"{SWIFTS} | mười", **said)
    tried = await press(editor, page, page, do="try", steps=steps, **said)
    unknown = await client.get(f"{BASE}/life-events/nuoi-yen")
    nowhere = await press(
        editor, page, page, do="keep", version="0", steps=f"{SWIFTS}|0||khong-co", **said
    )
    kept = await press(editor, page, page, do="keep", version="0", steps=steps, **said)
    twice = await press(editor, page, page, do="keep", version="0", steps=steps, **said)
    shown = (await editor.get(page, headers=VIETNAMESE)).text
    read = (await client.get(f"{BASE}/life-events/nuoi-yen")).json()

    assert bad.status_code == 422
    assert "chưa đọc được dòng 1" in bad.text
    assert "Đăng ký nuôi chim yến" in tried.text
    assert "9.999999" in tried.text.partition('role="alert"')[2].partition("</p>")[0]
    assert (unknown.status_code, nowhere.status_code) == (404, 404)
    assert (kept.status_code, twice.status_code) == (303, 412)
    assert [(each["code"], each["due_days"]) for each in read["steps"]] == [
        (SWIFTS, -10),
        ("9.999999", 3),
    ]
    assert f"{SWIFTS} | -10 | Trước khi làm" in shown
    assert 'name="position" min="0" max="1000" value="7"' in shown, "its place stays its place"


async def test_our_words_are_written_over_the_version_that_was_seen(
    editor: Caller,
    client: Client,
    publish: Callable[..., Awaitable[Any]],
    as_job: Any,
    clock: Clock,
) -> None:
    await _catalogue(publish, as_job, clock)
    page = f"{CONSOLE}/procedures/{BIRTH}"
    words = {"plain_title": "Khai sinh cho con", "situations": "mới sinh em bé\r\nđẻ con"}

    kept = await press(editor, f"{page}/citizen-text", page, version="0", **words)
    stale = await press(editor, f"{page}/citizen-text", page, version="0", **words)
    itself = await press(editor, f"{page}/successors", page, version="0", codes=BIRTH)
    clock.advance(seconds=3)
    read = (await client.get(f"{BASE}/procedures/{BIRTH}")).json()["citizen_text"]

    assert (kept.status_code, stale.status_code, itself.status_code) == (303, 412, 422)
    assert read["situations"] == ["mới sinh em bé", "đẻ con"]


async def test_everybody_sees_what_is_theirs_and_how_fresh_it_is(
    editor: Caller,
    publisher: Caller,
    as_staff: Callable[..., Caller],
    publish: Callable[..., Awaitable[Any]],
    as_job: Any,
    clock: Clock,
) -> None:
    await _catalogue(publish, as_job, clock)
    stranger, admin = as_staff("moderator"), as_staff(*CONNECTOR.roles)
    pages = ("", "/imports", "/terms", "/life-events", f"/procedures/{BIRTH}", "/connectors")

    async def opened(officer: Caller) -> list[int]:
        return [(await officer.get(f"{CONSOLE}{each}")).status_code for each in pages]

    fresh = (await editor.get(f"{BASE}/freshness")).json()

    assert await opened(editor) == [200, 200, 200, 200, 200, 403]
    assert await opened(publisher) == [200, 200, 403, 403, 403, 403]
    assert await opened(stranger) == [403] * 6
    assert (await admin.get(f"{CONSOLE}/connectors")).status_code == 200
    assert fresh["procedures"] >= 2
    assert PUBLISH.roles != EDIT.roles


async def _catalogue(publish: Any, as_job: Any, clock: Clock) -> None:
    """Two procedures that searches know."""
    birds = raw(SWIFTS, "Đăng ký nuôi chim yến")
    await publish(package(raw(), birds), options("2026-01-02", "QĐ 7/2026"))
    async with as_job() as tx:
        await indexing.rebuild(tx)
    clock.advance(seconds=3)
