"""Every page of the house in real Chromium: on a phone and at a desk, by day and by night."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest

from backend.host.registry import discover
from backend.kernel import Module
from backend.local.roles import DatabaseUrls
from tests.identity.chromium import PROGRAM, Browser, Page, chromium
from tests.identity.test_node_clients import ROOT, judges, running
from tests.journeys.stops import CITIZEN, Stop, at_desk, at_settings, at_work, stops_of_everybody
from tests.journeys.test_console import file

JUDGES = Path(__file__).parent / "node"
AXE = "node_modules/axe-core/axe.min.js"
LANGUAGES = ("vi", "en")
WIDTHS = (360, 1440)
SCHEMES = ("light", "dark")
OFFICERS = (
    *("moderator", "officer", "admin", "auditor", "privacy"),
    *("registrar", "trust-keeper"),
)
FIRST_LOAD_BYTES = 150_000
"""Beside fonts, as they came over the wire."""
HEIGHT = 800
"""Pixels of the window."""
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
"""All that can differ by night: the sheet changes nothing then but colours."""
RUN = (
    "axe.run(document, {runOnly: %s, resultTypes: ['violations'], preload: false})"
    ".then((told) => told.violations.flatMap((one) =>"
    " one.nodes.map((node) => one.id + ' ' + node.target.join(' ') + ': ' + node.failureSummary)))"
)
OPENED = (
    "document.querySelectorAll('details ~ details ~ details ~ details')"
    ".forEach((one) => one.closest('.actions') || one.remove());"
    "document.querySelectorAll('details').forEach((one) => { one.open = true; })"
)
"""Show what is folded; of the hundreds of calls that are told alike, three of each module do."""
UNASKED = ("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown")
CATALOGUE = "/console/public-services"
TRY = (
    "here = true; form = document.querySelector('.actions form');"
    "if (form.elements.text) { form.elements.text.value = 'đẻ con';"
    " form.elements.target.value = 'khai sinh'; form.elements.questions.value = 'đẻ con'; }"
    "form.querySelector('button[value=try]').click()"
)
"""Try what a form of the catalogue would do."""
VERIFY_LOG = "here = true; document.querySelector('form[action$=\"/verification\"] button').click()"
PARTNERS = "/console/identity/partners"
PASTE_NO_KEY = (
    "here = true; form = document.querySelector('.split .actions form');"
    "form.elements.client_id.value = 'thu'; form.elements.jwks.value = '{}';"
    "form.elements.agreement.value = 'TT 1'; form.elements.name.value = 'Thử'; form.submit()"
)
"""Propose a program without a key."""
SYSTEM = "/console/work"
TELL = (
    "here = true; form = document.querySelector('.actions form');"
    "form.elements['service-sending'].click(); form.elements.said_vi.value = 'Bảo trì';"
    "form.elements.said_en.value = 'Maintenance'; form.submit()"
)
"""Tell everybody of an incident."""
PAPERS = "/console/documents"
PROPOSE = (
    "here = true; form = document.querySelector('.actions form');"
    "form.elements.certificates.value = 'chép thiếu'; form.elements.reason.value = 'Thử';"
    "form.submit()"
)
"""Propose to trust what is no authority."""


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What was found wrong on all pages, a sentence each."""

    statuses: list[str]
    violations: list[str]
    messages: list[str]
    wide: list[str]
    elsewhere: list[str]


@pytest.fixture(scope="module")
def modules() -> Sequence[Module]:
    return discover(guests=())


@pytest.fixture(scope="module")
def libraries() -> Path:
    if "PAGES" not in os.environ:
        pytest.skip("every page is judged by `make pages` alone: it takes minutes")
    return judges(JUDGES)


@pytest.fixture(scope="module")
def browser(libraries: Path) -> Iterator[Browser]:
    if not PROGRAM.exists():
        pytest.skip(f"{PROGRAM} was absent: no page was looked at")
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def house(
    database: DatabaseUrls, browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """A house with everything that `tinhs seed` tells."""
    folder = str(tmp_path_factory.mktemp("data"))
    with running(database, TINHS_DATA_DIR=folder) as url:
        environment = {
            **{name: text for name, text in os.environ.items() if not name.startswith("TINHS_")},
            "TINHS_ENV": "dev",
            "TINHS_BASE_URL": url,
            "TINHS_DATA_DIR": folder,
            "TINHS_SECRET": "a secret that every test may know",
            "TINHS_DATABASE_URL": database.runtime,
            "TINHS_DATABASE_AUTH_URL": database.auth,
            "TINHS_DATABASE_JOB_URL": database.job,
        }
        command = [sys.executable, "-m", "backend", "seed"]
        told = subprocess.run(
            command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True
        )
        assert told.returncode == 0, told.stderr + told.stdout
        yield url


@pytest.fixture(scope="module")
def tour(
    house: str, browser: Browser, libraries: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Seen, Path]:
    """What was found on all pages, and the folder with their HTML."""
    folder = tmp_path_factory.mktemp("pages")
    found = Seen(statuses=[], violations=[], messages=[], wide=[], elsewhere=[])
    axe = (libraries / AXE).read_text()
    people = {who: person(house, browser, who) for who in ("", *OFFICERS, CITIZEN)}
    workers = [people[who] for who in ("moderator", "officer", "admin")]
    papers = stops_of_documents(people["registrar"])
    told = Stop(name="status-told", path="/status")
    stops = [*stops_of_everybody(house), *stops_at_work(house, *workers), *papers, told]
    for stop in filter(is_wanted, stops):
        for language in LANGUAGES:
            visit(house, people[stop.who], stop, language, axe, found, folder)
    return found, folder


def is_wanted(stop: Stop) -> bool:
    """Tell whether to look at a page: `PAGES=trust,runs` names the beginnings of those to judge."""
    wanted = os.environ["PAGES"]
    return wanted == "1" or stop.name.startswith(tuple(wanted.split(",")))


def person(house: str, browser: Browser, who: str) -> Page:
    page = browser.stranger()
    page.open(f"{house}/dev/login")
    if who:
        page.evaluate(f"here = true; document.querySelector('button[value={who}]').click()")
        page.wait_for("!('here' in window) && document.readyState === 'complete'")
    for domain in ("Log", "Runtime"):
        page.send(f"{domain}.enable")
    if who:
        page.open(f"{house}/{'account' if who == CITIZEN else 'console'}")
    return page


def stops_at_work(house: str, moderator: Page, officer: Page, admin: Page) -> list[Stop]:
    fresh, held = file(house, 1), file(house, 2)
    hold(house, moderator, held)
    given = twin(officer, "/v1/feedback/work/reports")[0]["id"]
    brought = twin(admin, "/v1/public-services/imports")[0]["id"]
    queue = "/console/feedback"
    events = f"{CATALOGUE}/life-events"
    return [
        Stop(name="console", path="/console", who="moderator"),
        *at_desk(queue, fresh, held),
        *at_settings(f"{queue}/settings"),
        Stop(name="people", path="/console/identity/people", who="admin"),
        Stop(name="proposals", path="/console/identity/proposals", who="admin"),
        Stop(name="people-roles", path="/console/identity/roles", who="admin"),
        Stop(name="partners", path=PARTNERS, who="admin"),
        Stop(name="partners-bad", path=PARTNERS, who="admin", status=400, then=PASTE_NO_KEY),
        Stop(name="system", path=SYSTEM, who="admin"),
        Stop(name="system-installation", path=f"{SYSTEM}/installation", who="admin"),
        Stop(name="system-status", path=f"{SYSTEM}/status", who="admin"),
        Stop(name="system-told", path=f"{SYSTEM}/status", who="admin", then=TELL),
        Stop(name="catalogue", path=CATALOGUE, who="admin"),
        Stop(name="catalogue-files", path=f"{CATALOGUE}/imports", who="admin"),
        Stop(name="catalogue-file", path=f"{CATALOGUE}/imports/{brought}", who="admin"),
        Stop(name="catalogue-terms", path=f"{CATALOGUE}/terms", who="admin"),
        Stop(name="catalogue-word", path=f"{CATALOGUE}/terms", who="admin", then=TRY),
        Stop(name="catalogue-events", path=events, who="admin"),
        Stop(name="catalogue-event", path=f"{events}/sinh-con", who="admin", then=TRY),
        Stop(name="catalogue-texts", path=f"{CATALOGUE}/procedures/9.001001", who="admin"),
        Stop(name="connectors", path=f"{CATALOGUE}/connectors", who="admin"),
        Stop(name="audit", path="/console/audit/log", who="auditor"),
        Stop(name="audit-verify", path="/console/audit/log", who="auditor", then=VERIFY_LOG),
        Stop(name="privacy", path="/console/privacy/desk", who="privacy"),
        *at_work(queue, fresh, given),
    ]


def stops_of_documents(registrar: Page) -> list[Stop]:
    """Return the pages of those who watch what is signed, and who keep the trust."""
    paper = twin(registrar, "/v1/documents")[0]["document_id"]
    return [
        Stop(name="signing", path=PAPERS, who="registrar"),
        Stop(name="amendments", path=f"{PAPERS}/amendments", who="registrar"),
        Stop(name="runs", path=f"{PAPERS}/runs", who="registrar"),
        Stop(name="no-such-run", path=f"{PAPERS}/runs/{paper}", who="registrar", status=404),
        Stop(name="paper", path=f"{PAPERS}/papers/{paper}", who="registrar"),
        Stop(name="trust", path=f"{PAPERS}/trust", who="trust-keeper"),
        Stop(
            name="trust-refused",
            path=f"{PAPERS}/trust",
            who="trust-keeper",
            status=422,
            then=PROPOSE,
        ),
        Stop(name="trust-log", path=f"{PAPERS}/log", who="trust-keeper"),
        Stop(name="trust-forbidden", path=f"{PAPERS}/trust", who="registrar", status=403),
    ]


def hold(house: str, moderator: Page, report_id: str) -> None:
    """Let the moderator take a report in hand; what the demo's held long ago was let go of."""
    moderator.open(f"{house}/console/feedback/reports/{report_id}")
    moderator.evaluate("here = true; document.querySelector('form[action$=\"/claim\"]').submit()")
    moderator.wait_for("!('here' in window) && location.search.includes('claim')")


def twin(page: Page, path: str) -> Any:
    """Ask with the session of a page."""
    return page.evaluate(f"fetch('{path}').then((told) => told.json())")["items"]


def visit(
    house: str, page: Page, stop: Stop, language: str, axe: str, found: Seen, folder: Path
) -> None:
    """Look at one page in one language, at every width and in every light."""
    where = f"{stop.name}.{language}"
    page.heard.clear()
    page.send("Network.setExtraHTTPHeaders", headers={"Accept-Language": language})
    page.open(f"{house}{stop.path}")
    if stop.then:
        page.evaluate(stop.then)
        page.wait_for("!('here' in window) && document.readyState === 'complete'")
    address = page.url
    answer = documents(page)[-1]
    if answer["response"]["status"] != stop.status:
        found.statuses.append(f"{where}: {answer['response']['status']}")
    html = page.send("Network.getResponseBody", requestId=answer["requestId"])["body"]
    (folder / f"{where}.html").write_text(html)
    frame = page.send("Page.getFrameTree")["frameTree"]["frame"]["id"]
    world = page.send("Page.createIsolatedWorld", frameId=frame)["executionContextId"]
    apart(page, world, axe + "; 0")
    page.evaluate(OPENED)
    for width in WIDTHS:
        page.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=HEIGHT,
            deviceScaleFactor=1,
            mobile=False,
        )
        beyond = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if beyond > 0:
            found.wide.append(f"{where} at {width} px: {beyond} px too wide")
        for scheme in SCHEMES:
            light = {"name": "prefers-color-scheme", "value": scheme}
            page.send("Emulation.setEmulatedMedia", features=[light])
            asked = TAGS if scheme == "light" else COLOURS
            for each in apart(page, world, RUN % json.dumps(asked)):
                found.violations.append(f"{where} at {width} px, {scheme}: {each}")
    found.messages.extend(f"{where}: {each}" for each in messages(page, address, stop.status))
    found.elsewhere.extend(f"{where}: {each}" for each in foreign(page, house))


def apart(page: Page, world: int, script: str) -> Any:
    """Run a script beside the page's own, which neither sees it nor forbids it."""
    told = page.send(
        "Runtime.evaluate",
        expression=script,
        contextId=world,
        awaitPromise=True,
        returnByValue=True,
    )
    assert "exceptionDetails" not in told, told["exceptionDetails"]
    return told["result"].get("value")


def documents(page: Page) -> list[dict[str, Any]]:
    told = [one["params"] for one in page.heard if one["method"] == "Network.responseReceived"]
    return [one for one in told if one["type"] == "Document"]


def messages(page: Page, address: str, status: int) -> list[str]:
    """Return what the page said unasked, but for the status that was expected of it."""
    told = [one for one in page.heard if one["method"] in UNASKED]
    return [
        json.dumps(one["params"], ensure_ascii=False)
        for one in told
        if not (status >= 400 and one["params"].get("entry", {}).get("url") == address)
    ]


def foreign(page: Page, house: str) -> list[str]:
    told = [one["params"] for one in page.heard if one["method"] == "Network.requestWillBeSent"]
    urls = [one["request"]["url"] for one in told]
    ours = urlsplit(house).netloc
    return [url for url in urls if urlsplit(url).netloc not in (ours, "")]


def test_every_page_answers_as_it_should(tour: tuple[Seen, Path]) -> None:
    assert tour[0].statuses == []


def test_the_judge_sees_what_is_wrong(house: str, browser: Browser, libraries: Path) -> None:
    page = person(house, browser, "")
    page.evaluate("document.querySelector('main').append(new Image())")

    page.evaluate((libraries / AXE).read_text() + "; 0")
    told = page.evaluate(RUN % json.dumps(TAGS))

    assert [each.partition(" ")[0] for each in told] == ["image-alt"]


def test_axe_finds_nothing_on_any_page(tour: tuple[Seen, Path]) -> None:
    assert tour[0].violations == []


def test_no_page_says_a_word_to_the_console(tour: tuple[Seen, Path]) -> None:
    assert tour[0].messages == []


def test_no_page_is_wider_than_its_window(tour: tuple[Seen, Path]) -> None:
    assert tour[0].wide == []


def test_nothing_is_loaded_from_elsewhere(tour: tuple[Seen, Path]) -> None:
    assert tour[0].elsewhere == []


def test_the_queue_comes_in_few_bytes(house: str, browser: Browser) -> None:
    page = person(house, browser, "moderator")
    page.send("Network.setCacheDisabled", cacheDisabled=True)
    page.heard.clear()

    page.open(f"{house}/console/feedback")
    page.wait_for("performance.getEntriesByType('resource').some((e) => e.name.endsWith('stream'))")

    told = [one["params"] for one in page.heard]
    fonts = {one["requestId"] for one in told if one.get("type") == "Font"}
    sent = {
        one["requestId"]: one["encodedDataLength"]
        for one in told
        if "encodedDataLength" in one and one["requestId"] not in fonts
    }
    assert sum(sent.values()) <= FIRST_LOAD_BYTES, sent


def test_the_html_of_every_page_is_valid(tour: tuple[Seen, Path], libraries: Path) -> None:
    told = subprocess.run(
        ["node", "pages.mjs", str(tour[1])],
        cwd=libraries,
        check=True,
        capture_output=True,
        text=True,
    )
    assert json.loads(told.stdout) == []
