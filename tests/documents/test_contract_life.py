"""What becomes of a contract that both have signed: a number, annexes, an end."""

import asyncio
import json
import shutil
import subprocess
from collections.abc import Awaitable, Callable
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from backend.testing import Caller, Client, Clock
from backend.work import Workshop, drain
from modules.documents.model import jws, offline, packages
from modules.documents.model import kit as kits
from modules.documents.scopes import READ, SIGN
from modules.labour_contracts.scopes import DRAFT, PROVIDER
from tests.documents.conftest import CONTRACTS, Phone
from tests.documents.printed import Read

EVENTS = f"{CONTRACTS}/provider/events"
NOTICE = "Chưa có chứng thực của nhà cung cấp eContract"
NUMBER = "HDLD-38-2026-000001"
CHANGE = {"item": "wage", "text": "10.500.000 đồng mỗi tháng"}
ANNEX: dict[str, Any] = {"number": "01", "effective_on": "2027-01-01", "changes": [CHANGE]}
END = {"ground": "AGREED", "effective_on": "2027-06-01", "settlement": "Thanh toán đủ lương."}

Tick = Callable[..., Awaitable[None]]
Tell = Callable[..., Awaitable[dict[str, Any]]]
View = Callable[[str], Awaitable[dict[str, Any]]]


def slug(answer: Any) -> str:
    return answer.json()["type"].rsplit("/", 1)[-1]


def words_of(pdf: Path) -> str:
    program = shutil.which("pdftotext")
    if program is None:
        pytest.skip("NOT TRIED: pdftotext is not installed (apt-get install poppler-utils)")
    said = subprocess.run([program, "-layout", pdf, "-"], capture_output=True, check=True)
    return " ".join(said.stdout.decode().split())


@pytest.fixture
async def employee(as_citizen: Callable[..., Caller]) -> Phone:
    """Who works there, and asks how the contract goes on."""
    phone = Phone(as_citizen(SIGN, READ, DRAFT))
    await phone.enrol()
    return phone


@pytest.fixture
def provider(as_partner: Callable[..., Caller]) -> Caller:
    return as_partner(PROVIDER)


@pytest.fixture
def tell(provider: Caller, shop: Workshop) -> Tell:
    """Lets the provider tell something of a contract; returns what came of it."""

    async def told(document: str, kind: str, **more: Any) -> dict[str, Any]:
        event = {"event_id": uuid4().hex, "document_id": document, "kind": kind, **more}
        answer = await provider.post(EVENTS, json=event)
        assert answer.status_code == 202, answer.text
        await drain(shop)
        return (await provider.get(f"{EVENTS}/{event['event_id']}")).json()

    return told


@pytest.fixture
def view(employee: Phone) -> View:
    async def seen(document: str) -> dict[str, Any]:
        answer = await employee.caller.get(f"{CONTRACTS}/{document}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    return seen


async def test_a_contract_gains_its_number_and_no_signed_byte_changes(
    issued: str,
    employee: Phone,
    read: Read,
    tell: Tell,
    view: View,
    tick: Tick,
    client: Client,
    verdict: Callable[[str], Awaitable[dict[str, Any]]],
) -> None:
    names = ("original.pdf", "bundle.json", "content.json")
    before = [await read(employee, issued, name) for name in names]
    pilot = (await view(issued))["contract"]
    early = await tell(issued, "numbered", platform_number=NUMBER)
    certified = await tell(issued, "certified", certificate="CT-0001")
    numbered = await tell(issued, "numbered", platform_number=NUMBER)
    await tick()

    after = [await read(employee, issued, name) for name in names]
    contract = (await view(issued))["contract"]
    size = (await client.get("/v1/documents/log/checkpoint")).text.splitlines()[1]
    entries = await client.get(f"/v1/documents/log/tile/entries/000.p/{size}")

    assert pilot["notice"] == NOTICE
    assert (early["state"], early["reason"]) == ("refused", "not-certified")
    assert (certified["state"], numbered["state"]) == ("applied", "applied")
    assert (contract["platform_number"], contract["certificate"]) == (NUMBER, "CT-0001")
    assert (contract["notice"], contract["send_by"] > contract["signed_at"]) == (None, True)
    assert (after[0], after[2]) == (before[0], before[2])
    was, now = (json.loads(raw) for raw in (before[1], after[1]))
    ids = {each["name"]: each for each in now["evidence"].pop("external_ids")}
    assert now == was  # nothing signed, no certificate, no proof: the numbers alone came with it
    assert ids["certificate"]["value"] == f"{contract['certified_by']} CT-0001"
    salt = ids["platform-number"]["salt"]
    assert (ids["platform-number"]["value"], salt) == (NUMBER, contract["number_salt"])
    told = [await verdict(raw.decode()) for raw in (after[1], before[1])]
    assert [each["verdict"] for each in told] == ["VALID", "VALID"]
    assert [each["notice"] for each in told] == [None, None]  # whoever asks us is told of today
    word = f"platform-number {salt} {NUMBER}"
    content = jws.decoded(now["payload"])
    line = f'"h":["{sha256(content).hexdigest()}","{sha256(word.encode()).hexdigest()}"]'
    assert f'{{{line},"k":"event"'.encode() in entries.content


async def test_a_numbered_contract_is_known_by_its_number_without_a_network(
    issued: str, employee: Phone, read: Read, tell: Tell, tick: Tick, client: Client, clock: Clock
) -> None:
    await tell(issued, "certified", certificate="CT-0009")
    unlogged = await read(employee, issued, "package.zip")
    await tell(issued, "numbered", platform_number="HDLD-38-2026-000009")
    await tick()
    await tick()
    package = await read(employee, issued, "package.zip")
    kit = kits.unpacked((await client.get("/v1/documents/trust/kit")).content)

    late, said = (offline.judged(raw, kit, clock.now) for raw in (unlogged, package))
    halves = packages.unpacked(package)
    assert halves is not None
    other = halves.bundle.replace(b"HDLD-38-2026-000009", b"HDLD-38-2026-000008")
    forged = offline.judged(packages.packed(halves._replace(bundle=other)), kit, clock.now)

    assert (late.verdict, late.notice) == ("VALID", NOTICE)
    assert (said.verdict, said.notice, said.content_matches) == ("VALID", None, True)
    assert said.external_ids[1].value == "HDLD-38-2026-000009"
    assert (forged.verdict, forged.subindication) == ("INVALID", "NOT_AS_ISSUED")


async def test_every_view_says_what_nobody_has_certified(
    issued: str, employee: Phone, read: Read, client: Client, tell: Tell, tick: Tick, tmp_path: Path
) -> None:
    original = await read(employee, issued, "original.pdf")
    file = {"file": ("hop-dong.pdf", original, "application/pdf")}
    path, copy = f"/v1/documents/{issued}/paper-copies", tmp_path / "copy.pdf"

    async def views() -> list[str]:
        copy.write_bytes((await employee.caller.post(path)).content)
        printed = await asyncio.to_thread(words_of, copy)
        return [(await client.post("/verify", files=file)).text, printed]

    before = await views()
    await tell(issued, "certified", certificate="CT-0010")
    await tick()
    after = await views()

    assert [NOTICE in view for view in before] == [True, True]
    assert [NOTICE in view for view in after] == [False, False]
    assert all("CT-0010" in view for view in after)


async def test_a_number_is_given_once_and_to_one_contract(
    issued: str,
    draft: Callable[..., Awaitable[str]],
    employer: Phone,
    employee: Phone,
    tell: Tell,
    view: View,
    tick: Tick,
) -> None:
    number = "HDLD-38-2026-000002"
    other = await draft(contract_no="02/2026/HDLD")
    unsigned = await tell(other, "certified", certificate="CT-0002")
    await employer.caller.post(f"{CONTRACTS}/{other}/submission")
    await employee.sign(other)
    await employer.sign(other)
    await tick()
    await tick()
    for document in (issued, other):
        assert (await tell(document, "certified", certificate="CT-0003"))["state"] == "applied"

    said = [
        await tell(issued, "numbered", platform_number=number),
        await tell(issued, "numbered", platform_number=number),
        await tell(issued, "numbered", platform_number="HDLD-38-2026-999999"),
        await tell(other, "numbered", platform_number=number),
        await tell(other, "certified", certificate="CT-0004"),
        await tell(str(uuid4()), "numbered", platform_number=number),
    ]

    assert (unsigned["state"], unsigned["reason"]) == ("refused", "not-signed")
    assert [each["reason"] for each in said] == [
        None, None, "already-numbered", "number-taken", "already-certified", "unknown-contract",
    ]  # fmt: skip
    assert (await view(issued))["contract"]["platform_number"] == number
    assert (await view(other))["contract"]["platform_number"] is None


async def test_what_a_provider_tells_twice_is_there_once_and_its_own_alone(
    issued: str, provider: Caller, as_partner: Callable[..., Caller], shop: Workshop
) -> None:
    event = {"event_id": "e-1", "document_id": issued, "kind": "certified", "certificate": "C1"}
    first = await provider.post(EVENTS, json=event)
    await drain(shop)
    again = await provider.post(EVENTS, json=event)
    another = await provider.post(EVENTS, json={**event, "certificate": "C2"})
    incomplete = await provider.post(EVENTS, json={**event, "kind": "numbered"})
    stranger = await as_partner(PROVIDER).get(f"{EVENTS}/e-1")

    assert (first.json()["state"], again.json()["state"]) == ("received", "applied")
    assert (another.status_code, slug(another)) == (422, "event-reused")
    assert incomplete.status_code in {400, 422}
    assert stranger.status_code == 404


async def test_an_annex_hangs_on_its_contract_once_both_have_signed_it(
    issued: str,
    employer: Phone,
    employee: Phone,
    tick: Tick,
    view: View,
    read: Read,
    verdict: Callable[[str], Awaitable[dict[str, Any]]],
) -> None:
    await tick()
    begun = await employer.caller.post(f"{CONTRACTS}/{issued}/annexes", json=ANNEX)
    assert begun.status_code == 201, begun.text
    annex = begun.json()["document_id"]
    await employee.sign(annex)
    await employer.sign(annex)
    await tick()

    bundle = await read(employee, annex, "bundle.json")
    content = json.loads(jws.decoded(json.loads(bundle)["payload"]))
    whole = json.loads(await read(employee, issued, "bundle.json"))
    (side,) = (await view(issued))["sides"]

    assert (await verdict(bundle.decode()))["verdict"] == "VALID"
    assert content["links"] == [
        {
            "rel": "annex_of",
            "doc_id": issued,
            "sha256": sha256(jws.decoded(whole["payload"])).hexdigest(),
        }
    ]
    assert content["data"]["changes"] == [CHANGE]
    assert (side["document_id"], side["kind"]) == (annex, "labour.annex")


@pytest.mark.parametrize(
    ("changed", "status", "pointer"),
    [
        ({"changes": [{"item": "term", "text": "60 tháng"}]}, 400, "/changes/0/item"),
        ({"changes": [CHANGE, CHANGE]}, 422, "/changes/0/item"),
        ({"effective_on": "2026-11-30"}, 422, "/effective_on"),
        ({"effective_on": "2028-12-02"}, 422, "/effective_on"),
        ({"changes": [{"item": "job", "text": "Công nhân mаy"}]}, 422, "/changes/0/text"),
    ],
    ids=["term", "twice", "before", "after", "Cyrillic"],
)
async def test_an_annex_that_may_not_be_is_refused_by_its_pointer(
    issued: str,
    employer: Phone,
    tick: Tick,
    changed: dict[str, Any],
    status: int,
    pointer: str,
) -> None:
    await tick()

    refused = await employer.caller.post(f"{CONTRACTS}/{issued}/annexes", json={**ANNEX, **changed})

    told = refused.json()
    assert refused.status_code == status
    assert told.get("errors", told.get("defects"))[0]["pointer"] == pointer


async def test_nothing_hangs_on_a_contract_that_is_not_signed_or_has_ended(
    submitted: str, employer: Phone, employee: Phone, tick: Tick, view: View
) -> None:
    where = f"{CONTRACTS}/{submitted}"
    early = await employer.caller.post(f"{where}/annexes", json=ANNEX)
    await employee.sign(submitted)
    await employer.sign(submitted)
    await tick()
    await tick()
    rest = {"ground": "AGREEMENT", "effective_on": "2027-02-01", "until": "2027-03-31"}
    rested = await employee.caller.post(f"{where}/suspension", json=rest)
    ended = await employee.caller.post(f"{where}/termination", json=END)
    for document in (rested.json()["document_id"], ended.json()["document_id"]):
        await employee.sign(document)
        await employer.sign(document)
    await tick()
    await tick()
    late = await employer.caller.post(f"{where}/annexes", json=ANNEX)

    found = await view(submitted)
    assert [(each.status_code, slug(each)) for each in (early, late)] == [(409, "not-in-force")] * 2
    assert found["contract"]["ended_on"] == END["effective_on"]
    kinds = {each["kind"] for each in found["sides"]}
    assert kinds == {"labour.suspension", "labour.termination"}
    assert {each["standing"]["state"] for each in found["sides"]} == {"issued"}


async def test_to_a_stranger_a_contract_is_not_there(
    issued: str, as_citizen: Callable[..., Caller], tick: Tick
) -> None:
    await tick()
    stranger = as_citizen(DRAFT, READ)

    answers = [
        await stranger.get(f"{CONTRACTS}/{issued}"),
        await stranger.post(f"{CONTRACTS}/{issued}/annexes", json=ANNEX),
        await stranger.post(f"{CONTRACTS}/{issued}/termination", json=END),
    ]

    assert [each.status_code for each in answers] == [404, 404, 404]
    assert (await stranger.get(CONTRACTS)).json()["items"] == []
