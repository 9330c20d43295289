"""A facility's own system sends visits; whoever forges, repeats or errs is told so, and no more."""

import asyncio
import json
import re
from base64 import b64encode
from collections.abc import Awaitable, Callable
from pathlib import Path
from secrets import randbelow
from typing import Any, Final
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from backend.identity.people.recording import record_identifier
from backend.testing import Caller, Client
from backend.testing.callers import BASE_URL
from modules.health_books.repository.messages import KNOWN
from modules.health_books.scopes import CARE, IMPORT
from modules.health_books.service.importing import FILE, ToFile
from tests.documents.conftest import DOCUMENTS, Phone
from tests.health_books.conftest import ASTHMA, HEALTH_BOOKS, HIV, TELLING, visit

IMPORTS: Final = f"{HEALTH_BOOKS}/imports"
ROOT: Final = Path(__file__).parents[2]
KEY: Final = generate_private_key(65537, 2048)
ANOTHER_KEY: Final = generate_private_key(65537, 2048)

Tick = Callable[..., Awaitable[None]]


def pem(key: RSAPrivateKey) -> str:
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return public.decode()


def number() -> str:
    return f"038{randbelow(10**9):09}"


class Facility:
    """A registered facility: its program, and people who are known here by their numbers."""

    def __init__(self, program: Caller, agency: Any, patient: str, doctor: str) -> None:
        self.program, self.agency = program, agency
        self.patient, self.doctor = patient, doctor
        self.sender_id = f"{randbelow(10**13):013}"

    def content(self, **changed: Any) -> dict[str, Any]:
        told = visit(**changed)
        told["patient"] = {**told["patient"], "personal_id": self.patient}
        told["facility"] = {**told["facility"], "code": self.sender_id}
        return {"doctor": self.doctor, "visit": told}

    def message(
        self,
        content: object = None,
        *,
        key: RSAPrivateKey = KEY,
        data: str | None = None,
        **header: Any,
    ) -> dict[str, Any]:
        head = {
            "sender_id": self.sender_id,
            "receiver_id": BASE_URL,
            "msg_id": f"M-{uuid4()}",
            "msg_type": "VISIT",
            "send_datetime": "2026-11-10T16:30:00+07:00",
            **header,
        }
        raw = json.dumps(self.content() if content is None else content).encode()
        body = b64encode(raw).decode() if data is None else data
        signed = json.dumps({"data": body, "header": head}, sort_keys=True, separators=(",", ":"))
        signature = key.sign(signed.encode(), PKCS1v15(), SHA256())
        return {"header": head, "data": body, "signature": b64encode(signature).decode()}

    async def send(self, message: dict[str, Any]) -> Any:
        return await self.program.post(IMPORTS, json=message)

    async def outcome(self, message: dict[str, Any]) -> dict[str, Any]:
        head = message["header"]
        answer = await self.program.get(f"{IMPORTS}/{head['sender_id']}/{head['msg_id']}")
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
def known(client: Client) -> Callable[[Phone], Awaitable[str]]:
    """Lets the house know somebody by a personal number."""

    async def recorded(phone: Phone) -> str:
        await phone.caller.get(DOCUMENTS)
        async with client.app.state.authority.transaction() as tx:
            its = number()
            whose = UUID(phone.person_id)
            assert await record_identifier(tx, whose, "national_id", its, source="counter")
        return its

    return recorded


@pytest.fixture
async def facility(
    as_partner: Callable[..., Caller],
    as_staff: Callable[..., Caller],
    clinician: Caller,
    patient: Phone,
    doctor: Phone,
    known: Callable[[Phone], Awaitable[str]],
) -> Facility:
    program = as_partner(IMPORT, purpose=CARE)
    made = Facility(program, clinician.agency_id, await known(patient), await known(doctor))
    registered = await as_staff("admin").put(
        f"{HEALTH_BOOKS}/senders/{made.sender_id}",
        json={
            "client_id": program.client_id,
            "agency_id": str(made.agency),
            "public_key": pem(KEY),
        },
    )
    assert registered.status_code == 200, registered.text
    return made


async def _waiting(phone: Phone) -> list[dict[str, Any]]:
    return (await phone.caller.get(DOCUMENTS)).json()["items"]


async def test_a_message_becomes_a_visit_that_its_doctor_signs(
    facility: Facility, doctor: Phone, patient: Phone, tick: Tick
) -> None:
    message = facility.message()

    taken = await facility.send(message)
    waiting = await facility.outcome(message)
    await tick()
    filed = await facility.outcome(message)
    (paper,) = await _waiting(doctor)
    await doctor.sign(paper["document_id"])
    await tick()
    await tick()
    book = (await patient.caller.get(f"{HEALTH_BOOKS}/me")).json()["items"]

    assert taken.status_code == 202, taken.text
    assert taken.json() == {"msg_id": message["header"]["msg_id"], "code": "CM_SUCCESS"}
    assert (waiting["state"], filed["state"]) == ("kept", "filed")
    assert [each["document_id"] for each in book] == [paper["document_id"]]


async def test_the_same_message_again_is_answered_the_same_and_done_once(
    facility: Facility, doctor: Phone, tick: Tick
) -> None:
    message = facility.message()

    at_once = await asyncio.gather(*(facility.send(message) for _ in range(3)))
    await tick()
    later = await facility.send(message)
    await tick()

    assert {(each.status_code, each.text) for each in [*at_once, later]} == {(202, at_once[0].text)}
    assert len(await _waiting(doctor)) == 1


async def test_another_message_under_the_same_number_is_refused(
    facility: Facility, doctor: Phone, tick: Tick
) -> None:
    first = facility.message()
    number = first["header"]["msg_id"]
    await facility.send(first)

    other = await facility.send(facility.message(facility.content(mode="HOME"), msg_id=number))
    await tick()

    assert (other.status_code, other.json()["code"]) == (409, "CM_INVALID_REQUEST")
    assert other.json()["type"].endswith("/health_books/message-reused")
    assert len(await _waiting(doctor)) == 1


async def test_only_the_registered_key_of_ones_own_facility_signs(
    facility: Facility, as_partner: Callable[..., Caller], connection: Any
) -> None:
    good = facility.message()
    stranger = as_partner(IMPORT, purpose=CARE)
    forged = [
        facility.message(key=ANOTHER_KEY),
        facility.message(sender_id="99999"),
        {**good, "header": {**good["header"], "msg_id": "M-2"}},
        {**good, "data": facility.message(facility.content(mode="HOME"))["data"]},
        {**good, "signature": b64encode(bytes(256)).decode()},
        {**good, "signature": b64encode(b"\x01").decode()},
        {**good, "signature": good["signature"][:-3] + "==="},
    ]

    answers = [await facility.send(each) for each in forged[:-1]]
    answers.append(await stranger.post(IMPORTS, json=good))
    spelled = await facility.send(forged[-1])

    for each in answers:
        assert (each.status_code, each.json()["code"]) == (422, "PS_SIGNATURE_INVALID")
    assert len({each.json()["type"] for each in answers}) == 1
    assert spelled.status_code == 400
    head = good["header"]
    theirs = await stranger.get(f"{IMPORTS}/{head['sender_id']}/{head['msg_id']}")
    assert theirs.status_code == 404
    await connection.execute("select set_config('tinhs.kind', 'job', false)")
    kept = "select count(*) from health_books.message where sender_id = $1"
    assert await connection.fetchval(kept, facility.sender_id) == 0


async def test_nothing_hostile_makes_more_than_a_plain_refusal(facility: Facility) -> None:
    good = facility.message()
    deep = b64encode(b"[" * 100_000).decode()
    hostile: list[Any] = [
        {**good, "header": {**good["header"], "alg": "none"}},
        {**good, "alg": "none", "signature": ""},
        {**good, "data": "{not base64}"},
        {**good, "signature": None},
        {"header": good["header"]},
        [],
        "CM_SUCCESS",
        facility.message(data=deep),
        facility.message(data=b64encode(b"\xff\xfe").decode()),
        facility.message(data=b64encode(b"null").decode()),
        facility.message(data="QQ=="[:3] + "="),
        facility.message(data="QR=="),
        facility.message({"doctor": facility.doctor, "visit": {}}),
        facility.message({**facility.content(), "more": 1}),
        facility.message(msg_type="DELETE"),
        facility.message(receiver_id="https://elsewhere.example"),
        facility.message(facility.content(reason="\u202e")),
        facility.message(facility.content(reason="a\u0000b")),
    ]

    answers = [await facility.send(each) for each in hostile]
    huge = await facility.send({**good, "data": "QUFB" * 700_000})

    assert {each.status_code for each in answers} == {400, 422}
    for each in answers:
        assert each.headers["content-type"] == "application/problem+json"
        assert each.json().get("code", "CM_INVALID_REQUEST") == "CM_INVALID_REQUEST"
    assert huge.status_code == 413


async def test_every_reason_is_named_by_its_place_and_nothing_is_kept(
    facility: Facility, doctor: Phone, tick: Tick
) -> None:
    content = facility.content(end="2026-11-09")
    content["visit"]["facility"]["code"] = "38011"
    wrong = await facility.send(facility.message(content))
    nobody = facility.content()
    nobody["doctor"], nobody["visit"]["patient"]["personal_id"] = number(), number()
    unknown = await facility.send(facility.message(nobody))
    await tick()

    assert [(each["pointer"], each["code"]) for each in wrong.json()["defects"]] == [
        ("/data/visit/end", "before-start"),
        ("/data/visit/tests/0/taken_on", "date"),
        ("/data/visit/facility/code", "another-facility"),
    ]
    assert [(each["pointer"], each["detail"]) for each in unknown.json()["defects"]] == [
        (
            "/data/visit/patient/personal_id",
            "Hệ thống không có tài khoản nào ứng với số định danh cá nhân của người bệnh.",
        ),
        ("/data/doctor", "Hệ thống không có tài khoản nào ứng với bác sĩ."),
    ]
    assert await _waiting(doctor) == []


async def test_hiv_shows_nowhere_of_a_message(
    facility: Facility, doctor: Phone, patient: Phone, tick: Tick, connection: Any
) -> None:
    plain = facility.message(facility.content(encounter_id="E-1"))
    marked = facility.message(facility.content(encounter_id="E-2", diagnoses=[ASTHMA, HIV]))

    answers = [await facility.send(each) for each in (plain, marked)]
    await tick()
    outcomes = [await facility.outcome(each) for each in (plain, marked)]
    for outcome in outcomes:
        del outcome["msg_id"]
    papers = [each["document_id"] for each in await _waiting(doctor)]
    await doctor.sign(*papers)
    await tick()
    await tick()
    exported = await patient.caller.get(f"{HEALTH_BOOKS}/me/fhir?include=mental")
    listed = await patient.caller.get(f"{HEALTH_BOOKS}/me")
    await connection.execute("select set_config('tinhs.kind', 'job', false)")
    kept = "select m::text from health_books.message m where sender_id = $1"
    rows = str(await connection.fetch(kept, facility.sender_id))

    assert len(answers[0].content) == len(answers[1].content)
    assert outcomes[0] == outcomes[1] == {"state": "filed", "reason": None}
    assert len(papers) == 3
    assert len(listed.json()["items"]) == 2
    for word in TELLING:
        assert word not in exported.text + listed.text + rows


async def test_a_visit_that_waits_for_its_doctor_is_not_written_over(
    facility: Facility, doctor: Phone, tick: Tick
) -> None:
    first, second = facility.message(), facility.message(facility.content(mode="HOME"))
    await facility.send(first)
    await tick()
    await facility.send(second)
    await tick()

    assert (await facility.outcome(first))["state"] == "filed"
    assert await facility.outcome(second) == {
        "msg_id": second["header"]["msg_id"], "state": "refused", "reason": "being-signed",
    }  # fmt: skip
    assert len(await _waiting(doctor)) == 1


async def test_a_refusal_half_way_leaves_nothing_half_written(
    facility: Facility, doctor: Phone, tick: Tick, connection: Any
) -> None:
    """The common part could be filed, the restricted part waits for its doctor: neither is."""
    only = facility.content(encounter_id="E-9", diagnoses=[HIV])
    both = facility.message(facility.content(encounter_id="E-9", diagnoses=[ASTHMA, HIV]))
    await facility.send(facility.message(only))
    await tick()

    await facility.send(both)
    await tick()

    assert (await facility.outcome(both))["reason"] == "being-signed"
    await connection.execute("select set_config('tinhs.kind', 'job', false)")
    visits = "select count(*) from health_books.visit where agency_id = $1"
    assert await connection.fetchval(visits, facility.agency) == 0
    assert len(await _waiting(doctor)) == 1


async def test_a_worker_that_dies_half_way_files_the_message_once(
    facility: Facility, doctor: Phone, tick: Tick, shop: Any
) -> None:
    message = facility.message()
    await facility.send(message)
    file: Any = FILE.run

    async def dies() -> None:
        async with shop.transaction() as tx:
            row = await tx.one(KNOWN, facility.sender_id, message["header"]["msg_id"])
            await file(tx, ToFile(message_id=row.id))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await dies()
    before = await facility.outcome(message)
    await tick()

    assert (before["state"], (await facility.outcome(message))["state"]) == ("kept", "filed")
    assert len(await _waiting(doctor)) == 1


async def test_a_key_that_is_none_and_a_facility_that_is_struck_off(
    facility: Facility, as_staff: Callable[..., Caller]
) -> None:
    admin, where = as_staff("admin"), f"{HEALTH_BOOKS}/senders/{facility.sender_id}"
    wish = {"client_id": "x", "agency_id": str(facility.agency)}
    weak = generate_private_key(65537, 1024)  # noqa: S505 - it is to be refused

    keys = [pem(weak), pem(KEY).replace("M", "N"), "-----BEGIN PUBLIC KEY-----"]
    refused = [await admin.put(where, json={**wish, "public_key": key}) for key in keys]
    other = await as_staff("clinician").put(where, json={**wish, "public_key": pem(KEY)})
    listed = await admin.get(f"{HEALTH_BOOKS}/senders?limit=100")
    gone = await admin.delete(where)
    late = await facility.send(facility.message())

    assert [each.status_code for each in (*refused, other)] == [422, 422, 422, 403]
    assert facility.sender_id in [each["sender_id"] for each in listed.json()["items"]]
    assert (gone.status_code, late.json()["code"]) == (204, "PS_SIGNATURE_INVALID")


async def test_the_program_of_the_guide_sends_what_is_taken(facility: Facility) -> None:
    page = (ROOT / "docs" / "guide" / "visits-from-other-systems.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    program: dict[str, Any] = {}
    exec(block, program)  # noqa: S102 - it is ours
    header = facility.message()["header"]

    taken = await facility.send(program["message"](header, facility.content(), KEY))

    assert taken.status_code == 202, taken.text
    assert f"| 202 | `{taken.json()['code']}`" in page
