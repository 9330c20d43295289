"""An officer's day in real Chromium: by keyboard alone, and beside a colleague."""

import io
import json
import re
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest
from PIL import Image

from backend.files.samples import Samples
from backend.host.registry import discover
from backend.kernel import Module
from backend.local.roles import DatabaseUrls
from tests.identity.chromium import PROGRAM, Browser, Page, chromium
from tests.identity.test_node_clients import running
from tests.installed import with_reports

pytestmark = with_reports

QUEUE = "/console/feedback?state=received&category=waste"
KEYS = {
    "Enter": ("Enter", "\r", 13),
    "?": ("Slash", "?", 63),
    "Tab": ("Tab", "", 9),
    "Escape": ("Escape", "", 27),
    "ArrowLeft": ("ArrowLeft", "", 37),
    "ArrowUp": ("ArrowUp", "", 38),
}
SHIFT = 8
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


def file(house: str, number: int, category: str = "trees", photo: bytes = b"") -> str:
    """Report something without an account, as a neighbour would; return the id."""
    said = {
        "category": category,
        "text": f"Chỗ thứ {number} ở đầu ngõ đã ba hôm nay như vậy.",
        "commune_code": "14797",
    }
    parts = [("data", (None, json.dumps(said), "application/json"))]
    sent: Any = {"json": said}
    if photo:
        sent = {"files": [*parts, ("photos", ("photo.jpg", photo, "image/jpeg"))]}
    answer = httpx.post(
        f"{house}/v1/feedback/reports",
        timeout=60,
        headers={"Idempotency-Key": uuid4().hex, "Tinhs-Device": secrets.token_urlsafe(32)},
        **sent,
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
            held, _, name = key.rpartition("+")
            code, text, number = KEYS.get(name) or (_code(name), name, ord(name.upper()))
            event: dict[str, Any] = {"key": name, "code": code, "windowsVirtualKeyCode": number}
            event["modifiers"] = SHIFT if held else 0
            self.page.send("Input.dispatchKeyEvent", type="keyDown", text=text, **event)
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


@contextmanager
def away(page: Page) -> Iterator[None]:
    """Let nobody answer this page for a while, as when the server has died."""
    online = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    page.send("Network.emulateNetworkConditions", offline=True, **online)
    yield
    page.send("Network.emulateNetworkConditions", offline=False, **online)


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
    with away(second):
        second.evaluate("document.querySelector('#form-declination').requestSubmit()")
        second.wait_for("location.protocol === 'chrome-error:'")
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


def seen_by_everybody(house: str, code: str) -> tuple[str, bytes]:
    """Return where the one photo of the public page lies, and the photo."""
    page = httpx.get(f"{house}/reports/{code}", timeout=60).text
    (address,) = re.findall(r'<img src="([^"]+)" loading="lazy"', page)
    leads_to = httpx.get(house + address.removeprefix(house), timeout=60).headers["location"]
    return leads_to, fetched(house, leads_to)


def fetched(house: str, address: str) -> bytes:
    answer = httpx.get(
        house + address.replace("&amp;", "&").removeprefix(house), timeout=60, follow_redirects=True
    )
    assert answer.status_code == 200, answer.text
    return answer.content


def is_gone(house: str, address: str) -> bool:
    """Tell whether there is nothing any more, once the worker has had its turn."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if httpx.get(house + address.removeprefix(house), timeout=60).status_code == 404:
            return True
        time.sleep(0.1)
    return False


def darkest(photo: bytes, x: float, y: float) -> int:
    """Return the brightest channel of the pixel at a part of the width and height."""
    with Image.open(io.BytesIO(photo)) as picture:
        found: Any = picture.convert("RGB")
        return max(found.getpixel((int(found.width * x), int(found.height * y))))


def test_a_face_and_a_plate_are_masked_by_keyboard_and_nowhere_public(
    house: str, browser: Browser
) -> None:
    taken = Samples(None).draw(  # type: ignore[arg-type]
        "pothole", taken_at=datetime(2026, 11, 20, tzinfo=UTC), lat=19.8, lon=105.7
    )
    report_id = file(house, 7, "roads", taken)
    page = officer(house, browser, "moderator")
    address = f"/console/feedback/reports/{report_id}"
    page.open(house + address)
    typist = Typist(page)
    masked = "location.search.includes('masking')"
    published = "location.search.includes('publication')"

    typist.press("c")
    page.wait_for("location.search.includes('claim')")
    typist.press("e")
    page.wait_for(
        "location.pathname.endsWith('/masks') && document.querySelector('[data-add] kbd')"
    )
    typist.press("a", *["ArrowLeft"] * 10, *["ArrowUp"] * 10, "a", "Shift+Tab", "b", "Escape", "s")
    page.wait_for(masked)
    report = state(house, page, report_id)
    shown = page.evaluate("document.querySelector('#preview').parentNode.querySelector('img').src")
    preview = fetched(house, shown)
    typist.press("v", "Enter")
    page.wait_for(published)
    first, public = seen_by_everybody(house, report["code"])
    page.open(f"{house}{address}/masks")
    typist.press("a", *["ArrowUp"] * 20, "s")
    page.wait_for(masked)
    second, changed = seen_by_everybody(house, report["code"])

    parts = report["photos"][0]["rectangles"]
    assert [(round(part["x"], 3), round(part["y"], 3), part["reason"]) for part in parts] == [
        (0.3, 0.3, "face"),
        (0.4, 0.4, "plate"),
    ]
    assert preview == public
    assert max(darkest(public, 0.35, 0.35), darkest(public, 0.55, 0.55)) < 16
    assert darkest(public, 0.5, 0.25) >= 16 > darkest(changed, 0.5, 0.25)
    assert second != first
    assert is_gone(house, first)
    everything = httpx.get(f"{house}/v1/feedback/public/reports/{report['code']}").text
    assert report["photos"][0]["file_id"] not in everything + first + second


def queue_is_empty() -> str:
    return "document.querySelectorAll('[data-row]').length === 0"
