"""A teacher and a worker sign in real Chromium, and their provider asks them."""

import base64
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from backend.host.app import now
from backend.host.registry import discover
from backend.identity.demo import person_id
from backend.kernel import Module
from backend.local.roles import DatabaseUrls
from backend.testing import Caller, Client, Clock
from modules.documents.scopes import READ, SIGN
from modules.documents.service.remote.trial import TrialProvider
from tests.documents.conftest import CONTRACTS, DOCUMENTS, Phone, contract
from tests.documents.remote.conftest import Enter, Provided
from tests.identity.chromium import PROGRAM, Browser, Page, chromium
from tests.identity.test_node_clients import judges, running
from tests.journeys.test_accessible import (
    AXE,
    JUDGES,
    RUN,
    TAGS,
    UNASKED,
    apart,
)

pytest.importorskip("modules.transcripts")
from tests.transcripts.conftest import TRANSCRIPTS, YEAR, year

SECONDS = 60
HOME = "/account/documents/signing"
WORKER, TEACHER = "citizen-verified", "citizen-parent"


@pytest.fixture(scope="module")
def modules() -> Sequence[Module]:
    return discover(guests=())


@pytest.fixture(scope="module")
def axe() -> str:
    if "PAGES" not in os.environ:
        pytest.skip("signing in Chromium is tried by `make pages` alone: it takes a house")
    return (judges(JUDGES) / AXE).read_text()


@pytest.fixture(scope="module")
def browser(axe: str) -> Iterator[Browser]:
    if not PROGRAM.exists():
        pytest.skip(f"{PROGRAM} was absent: nobody signed in a browser")
    with chromium() as found:
        yield found


@pytest.fixture
def house(
    database: DatabaseUrls, provided: Provided, data_dir: Path, clock: Clock, browser: Browser
) -> Iterator[str]:
    """The house as it runs, with the same files as the one under test; its provider is a trial."""
    provided.provider = TrialProvider(lambda: clock.now)
    told = (
        f'[trial]\nlabel = "Thử nghiệm"\nurl = "{provided.url}/csc/v2"\n'
        f'token_url = "{provided.url}/oauth2/token"\n'
        'client_id = "tinhs"\nclient_secret = "s"\ntrial = true\n'
    )
    with running(
        database,
        TINHS_DATA_DIR=str(data_dir),
        TINHS_DOCUMENTS_SIGNERS=told,
        TINHS_DOCUMENTS_FETCH_PRIVATE="true",
    ) as url:
        yield url


class Person:
    """Somebody at a browser who is signed in, and what was found wrong with the pages."""

    def __init__(self, house: str, browser: Browser, who: str, axe: str) -> None:
        self.house, self.axe = house, axe
        self.wrong: list[str] = []
        self.page: Page = browser.stranger()
        self.page.open(f"{house}/dev/login")
        self.press(f"button[value={who}]")
        for domain in ("Log", "Runtime"):
            self.page.send(f"{domain}.enable")
        self.page.heard.clear()

    def press(self, button: str) -> str:
        self.page.evaluate(f"here = true; document.querySelector({json.dumps(button)}).click()")
        return self.page.wait_for("!('here' in window)")

    def open(self, path: str) -> str:
        self.page.open(f"{self.house}{path}")
        return self.looked()

    def looked(self) -> str:
        """Judge the page as it stands, and return its text."""
        frame = self.page.send("Page.getFrameTree")["frameTree"]["frame"]["id"]
        world = self.page.send("Page.createIsolatedWorld", frameId=frame)["executionContextId"]
        apart(self.page, world, self.axe + "; 0")
        self.wrong += apart(self.page, world, RUN % json.dumps(TAGS))
        told = [one for one in self.page.heard if one["method"] in UNASKED]
        self.wrong += [json.dumps(one["params"], ensure_ascii=False) for one in told]
        self.page.heard.clear()
        return str(self.page.evaluate("document.body.innerText"))

    def keys_found(self) -> None:
        """Ask the provider for the person's keys; the page tells by itself when it has answered."""
        self.open(HOME)
        self.press(f'form[action="{HOME}/keys"] button')
        self.page.wait_for("document.querySelector('#asked').innerText.includes('Đã tìm thấy')")
        self.looked()

    def sign(self, document: str, provided: Provided) -> str:
        """Read, tick, sign, say yes on the phone; return what the page says in the end."""
        self.open(f"{HOME}/papers/{document}")
        self.open(HOME)
        self.page.evaluate(f"document.querySelector('[name=\"paper.{document}\"]').click()")
        self.press(f'form[action="{HOME}"] button.strong')
        self.looked()
        end = time.monotonic() + SECONDS
        assert provided.provider is not None
        while all(each.said != "nothing" for each in provided.provider.requests.values()):
            assert time.monotonic() < end, "the provider was never asked"
            time.sleep(0.05)
        provided.answer("yes")
        self.page.wait_for("document.querySelector('#state').innerText.includes('Đã ký xong')")
        return self.looked()

    def file_of(self, document: str) -> bytes:
        """Fetch the signed PDF as soon as it is there."""
        path = f"/account/documents/papers/{document}/files/original.pdf"
        script = (
            f"fetch('{path}').then(async (told) => told.ok ? btoa(Array.from(new Uint8Array("
            "await told.arrayBuffer()), (one) => String.fromCharCode(one)).join('')) : '')"
        )
        end = time.monotonic() + SECONDS
        while not (found := self.page.evaluate(script)):
            assert time.monotonic() < end, "it was never sealed"
            time.sleep(0.2)
        return base64.b64decode(found)


@pytest.fixture
async def principal(as_citizen: Callable[..., Caller]) -> Phone:
    phone = Phone(as_citizen(SIGN, READ))
    await phone.enrol()
    return phone


@pytest.fixture
def as_school(as_staff: Callable[..., Caller]) -> tuple[Caller, Caller]:
    clerk = as_staff("school_clerk")
    return clerk, as_staff("teacher", agency_id=clerk.agency_id)


async def drafted(employer: Phone) -> str:
    told = {
        "contract": contract(),
        "employer_signatory_id": employer.person_id,
        "employee_id": str(person_id(WORKER)),
    }
    document = (await employer.caller.post(CONTRACTS, json=told)).json()["document_id"]
    answer = await employer.caller.post(f"{CONTRACTS}/{document}/submission")
    assert answer.status_code == 201, answer.text
    return document


async def recorded(as_school: tuple[Caller, Caller], pupil: Phone, principal: Phone) -> str:
    clerk, colleague = as_school
    where = f"{TRANSCRIPTS}/records"
    sheet = (await clerk.put(f"{where}/{pupil.person_id}/{YEAR}", json=year())).json()
    codes = [each["code"] for each in sheet["content"]["subjects"]]
    confirmed = {"subjects": codes}
    await colleague.post(f"{where}/{sheet['id']}/confirmations", json=confirmed)
    signers = {
        "homeroom_teacher_id": str(person_id(TEACHER)),
        "principal_id": principal.person_id,
    }
    answer = await clerk.post(f"{where}/{sheet['id']}/issue", json=signers)
    assert answer.status_code == 201, answer.text
    return answer.json()["document_id"]


async def test_a_teacher_and_a_worker_sign_and_every_signature_is_good(
    house: str,
    browser: Browser,
    axe: str,
    provided: Provided,
    enter: Enter,
    employer: Phone,
    principal: Phone,
    as_citizen: Callable[..., Caller],
    as_school: tuple[Caller, Caller],
    client: Client,
    clock: Clock,
) -> None:
    await enter()
    worker, teacher = (Person(house, browser, who, axe) for who in (WORKER, TEACHER))
    paper = await drafted(employer)
    record = await recorded(as_school, Phone(as_citizen(READ)), principal)

    ends: list[str] = []
    for person, document in ((worker, paper), (teacher, record)):
        person.keys_found()
        ends.append(person.sign(document, provided))
    clock.now = now()  # the others went on at the pace of the world
    await employer.sign(paper)
    await principal.sign(record)
    files = [worker.file_of(paper), teacher.file_of(record)]
    clock.now = now()
    verdicts = [await judged(client, each) for each in files]

    assert all("Đã ký xong" in each for each in ends)
    assert [worker.wrong, teacher.wrong] == [[], []]
    for said, count in zip(verdicts, (2, 3), strict=True):
        indications = [each["indication"] for each in said["signatures"]]
        assert (indications, said["content_matches"]) == (["TOTAL-PASSED"] * count, True)


async def judged(client: Client, file: bytes) -> dict[str, Any]:
    """Ask how the signatures are. The log is signed under the running house's own name."""
    where, kind = f"{DOCUMENTS}/verifications/files", {"Content-Type": "application/pdf"}
    return (await client.post(where, content=file, headers=kind)).json()
