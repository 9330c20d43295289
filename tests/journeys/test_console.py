"""An officer's day in real Chromium: by keyboard alone, and beside a colleague."""

import secrets
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import uuid4

import httpx
import pytest

from backend.host.registry import discover
from backend.kernel import Module
from backend.local.roles import DatabaseUrls
from tests.identity.chromium import PROGRAM, Browser, Page, chromium
from tests.identity.test_node_clients import running
from tests.installed import with_reports

pytestmark = with_reports

QUEUE = "/console/feedback?state=received&category=waste"
KEYS = {"Enter": ("Enter", "\r"), "?": ("Slash", "?")}
MODERATOR, LEAD = "Vũ Hồng Nhung", "Hoàng Đức Thắng"
AT_MOST = 4
"""Keystrokes for a report in the plain case."""


@pytest.fixture(scope="module")
def modules() -> Sequence[Module]:
    return discover(guests=())


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not PROGRAM.exists():
        pytest.skip(f"{PROGRAM} was absent: no officer worked in a browser")
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def house(database: DatabaseUrls, browser: Browser) -> Iterator[str]:
    """A house with demo agencies and people, and nothing to do but what a test brings."""
    with running(database) as url:
        yield url


def file(house: str, number: int, category: str = "trees") -> str:
    """Report something without an account, as a neighbour would; return the id."""
    answer = httpx.post(
        f"{house}/v1/feedback/reports",
        timeout=60,
        headers={"Idempotency-Key": uuid4().hex, "Tinhs-Device": secrets.token_urlsafe(32)},
        json={
            "category": category,
            "text": f"Chỗ thứ {number} ở đầu ngõ đã ba hôm nay như vậy.",
            "commune_code": "14797",
        },
    )
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def officer(house: str, browser: Browser, who: str) -> Page:
    page = browser.stranger()
    page.open(f"{house}/dev/login")
    page.evaluate(f"here = true; document.querySelector('button[value={who}]').click()")
    page.wait_for("!('here' in window) && document.readyState === 'complete'")
    return page


class Typist:
    """Presses keys, and counts them."""

    def __init__(self, page: Page) -> None:
        self.page, self.count = page, 0

    def press(self, *keys: str) -> None:
        for key in keys:
            code, text = KEYS.get(key, (_code(key), key))
            event = {"key": key, "code": code, "text": text, "windowsVirtualKeyCode": ord(text)}
            self.page.send("Input.dispatchKeyEvent", type="keyDown", **event)
            self.page.send("Input.dispatchKeyEvent", type="keyUp", **event)
            self.count += 1


def _code(key: str) -> str:
    return f"Digit{key}" if key.isdigit() else f"Key{key.upper()}"


def state(house: str, page: Page, report_id: str) -> Any:
    """Ask the page's REST twin, with the officer's own session."""
    return page.evaluate(
        f"fetch('/v1/feedback/desk/reports/{report_id}').then((answer) => answer.json())"
    )


def opened(page: Page, report_id: str) -> None:
    page.wait_for(
        f"document.readyState === 'complete' && location.pathname.endsWith('{report_id}')"
        " && document.querySelector('kbd') !== null"
    )


def with_a_key(house: str, browser: Browser, who: str) -> Page:
    """Let an officer make a passkey, leave, and come in again with nothing else."""
    page = officer(house, browser, who)
    page.open(f"{house}/console/keys")
    page.click("Tạo khóa", "document.querySelectorAll('tbody tr').length > 0")
    assert len(page.keys()) == 1
    page.click("Đăng xuất", "location.pathname === '/console/login'")
    page.click("Đăng nhập bằng khóa", "location.pathname === '/console'")
    return page


def test_ten_reports_are_given_to_their_agencies_without_a_mouse(
    house: str, browser: Browser
) -> None:
    ids = [file(house, number, "waste") for number in range(10)]
    page = with_a_key(house, browser, "moderator")
    page.open(f"{house}{QUEUE}")
    typist = Typist(page)
    page.wait_for("document.querySelectorAll('[data-row]').length === 10")

    typist.press("j", "Enter")
    for report_id in ids:
        opened(page, report_id)
        headed = page.evaluate("document.activeElement.matches('h1')")
        assert headed == (report_id != ids[0])
        typist.press("1", "Enter")
    told = page.wait_for(f"location.search.includes('sent=') && {queue_is_empty()}")

    assert typist.count <= AT_MOST * len(ids)
    assert "đã xong việc" in told
    for report_id in ids:
        report = state(house, page, report_id)
        assert report["state"] == "with_agency"
        steps = [(step["kind"], step["by"]) for step in report["timeline"]]
        assert steps[:2] == [("filing", None), ("assignment", MODERATOR)]


def test_the_second_of_two_sees_who_works_there_and_overwrites_nothing(
    house: str, browser: Browser
) -> None:
    report_id = file(house, 99)
    address = f"{house}/console/feedback/reports/{report_id}"
    first, second = officer(house, browser, "moderator"), officer(house, browser, "lead")
    first.open(address)
    second.open(address)
    words = "Đã có người dọn sạch chỗ này rồi."

    seen = second.wait_for("!document.querySelector('[data-presence]').hidden")
    Typist(second).press("3")
    second.wait_for("document.activeElement.name === 'reason'")
    second.evaluate("document.querySelector('#declination-text').focus()")
    second.send("Input.insertText", text=words)
    first.evaluate("window.dispatchEvent(new Event('focus'))")
    writing = first.wait_for(
        f"document.querySelector('[data-presence]').textContent.includes('Đang viết: {LEAD}')"
    )
    second.open(address)
    kept = second.evaluate("document.querySelector('#declination-text').value")
    Typist(first).press("c")
    first.wait_for("location.search.includes('claim')")
    second.evaluate("here = true; document.querySelector('#form-declination').requestSubmit()")
    merging = second.wait_for("!('here' in window) && document.querySelector('.merge') !== null")
    before = state(house, second, report_id)
    Typist(second).press("m", "Enter")
    second.wait_for("location.search.includes('declination')")

    assert f"Đang cùng xem: {MODERATOR}" in seen
    assert LEAD in writing
    assert f"Tiếp nhận · {MODERATOR}" in merging
    assert words in merging
    assert kept == words
    assert (before["state"], before["holder"]) == ("in_review", MODERATOR)
    assert state(house, second, report_id)["state"] == "declined"


def test_the_queue_keeps_up_and_never_moves_under_the_cursor(house: str, browser: Browser) -> None:
    shown = file(house, 101, "noise")
    page, colleague = officer(house, browser, "moderator"), officer(house, browser, "lead")
    page.open(f"{house}/console/feedback?category=noise")
    page.wait_for("performance.getEntriesByType('resource').some((e) => e.name.endsWith('stream'))")

    colleague.open(f"{house}/console/feedback/reports/{shown}")
    Typist(colleague).press("c")
    held = page.wait_for(f"document.querySelector('[data-id=\"{shown}\"] .badge.wait + .badge')")
    file(house, 102, "noise")
    fresh = page.wait_for("!document.querySelector('[data-more]').hidden")
    rows = page.evaluate("document.querySelectorAll('[data-row]').length")

    assert f"{LEAD} đang giữ" in held
    assert "1 phản ánh mới" in fresh
    assert rows == 1


def test_the_help_names_every_key_of_the_page_and_single_keys_can_rest(
    house: str, browser: Browser
) -> None:
    report_id = file(house, 100)
    page = officer(house, browser, "moderator")
    page.open(f"{house}/console/feedback/reports/{report_id}")
    opened(page, report_id)
    typist = Typist(page)

    typist.press("?")
    page.wait_for("document.querySelector('#keys').open")
    named = page.evaluate(
        "[...document.querySelectorAll('#keys dt')].map((one) => one.textContent.trim())"
    )
    borne = page.evaluate(
        "[...document.querySelectorAll('[data-key]')].map((one) => one.dataset.key)"
    )
    page.evaluate("document.querySelector('#keys input').click()")
    page.evaluate("document.querySelector('#keys button').click()")
    typist.press("c")
    typist.press("g", "q")

    assert set(borne) <= set(named)
    assert len(borne) == len(set(borne))
    assert page.url.endswith(report_id)
    assert state(house, page, report_id)["state"] == "received"


def queue_is_empty() -> str:
    return "document.querySelectorAll('[data-row]').length === 0"
