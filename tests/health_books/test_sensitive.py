"""What is sensitive, whatever was marked."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid4

import asyncpg
import msgspec
import pytest

from backend.kernel import Query
from backend.testing import Caller, Clock
from backend.work import Workshop
from contracts.keys import DataKeys
from modules.health_books.demo import SAMPLE
from modules.health_books.model.content import Diagnosis, Medication, Visit
from modules.health_books.model.sensitive import marked, of_visit, split
from modules.health_books.repository.visits import ItemRow
from modules.health_books.scopes import READ
from modules.health_books.service.closing import CLOSE_OLDER
from tests.documents.conftest import Phone
from tests.health_books.conftest import HEALTH_BOOKS

ENTRY: Final = Query(
    ItemRow,
    """
    select id, visit_id, kind, body, body_enc
      from health_books.item
     where person_id = $1 and kind = 'patient'
    """,
)
OPEN: Final = "select count(body) from health_books.item where person_id = $1"
REOPEN: Final = "update health_books.item set body = $2::text::jsonb, body_enc = null where id = $1"

PILLS = Medication(name="Thuốc", strength="1 mg", usage="Sáng", quantity="1")


def found(*codes: str, pills: tuple[Medication, ...] = (PILLS,)) -> Visit:
    diagnoses = tuple(Diagnosis(icd10=code, name="Bệnh") for code in codes)
    return msgspec.structs.replace(SAMPLE, diagnoses=diagnoses, medications=pills)


@pytest.mark.parametrize(
    ("code", "marks"),
    [
        ("B20", ("hiv",)), ("Z21", ("hiv",)), ("O98.7", ("hiv",)), ("O80", ("reproductive",)),
        ("F10.2", ("substance",)), ("F17.2", ("mental",)), ("F32.1", ("mental",)), ("J45", ()),
        ("Z30.0", ("reproductive",)), ("Z38", ()),
    ],
)  # fmt: skip
def test_a_code_marks_itself(code: str, marks: tuple[str, ...]) -> None:
    assert marked(found(code)).diagnoses[0].sensitivity == marks


def test_what_was_given_for_it_takes_its_mark_unless_the_doctor_marked_it() -> None:
    own = msgspec.structs.replace(PILLS, sensitivity=("reproductive",))

    given = marked(found("J45", "F32.1", pills=(PILLS, own))).medications

    assert [each.sensitivity for each in given] == [("mental",), ("reproductive",)]


def test_a_visit_is_sensitive_where_every_diagnosis_is() -> None:
    assert of_visit(marked(found("F32.1", "O80"))) == {"mental", "reproductive"}
    assert of_visit(marked(found("F32.1", "J45"))) == set()


def test_hiv_is_taken_out_with_all_that_might_speak_of_it() -> None:
    opened, restricted = split(found("J45", "B20"))

    assert opened is not None
    assert restricted is not None
    assert [each.icd10 for each in opened.diagnoses] == ["J45"]
    assert (opened.medications, opened.reason, opened.summary) == ((), None, None)
    assert [each.icd10 for each in restricted.diagnoses] == ["B20"]
    assert restricted.summary == SAMPLE.summary
    assert "hiv" not in msgspec.json.encode(opened).decode()


def test_with_nothing_else_the_whole_visit_is_restricted() -> None:
    opened, restricted = split(found("B20", "Z21"))

    assert opened is None
    assert restricted is not None
    assert len(restricted.diagnoses) == 2


def test_without_any_nothing_is_split() -> None:
    opened, restricted = split(found("J45", "F32.1"))

    assert opened is not None
    assert restricted is None
    assert opened.reason == SAMPLE.reason


async def test_an_entry_lies_closed_and_one_of_before_is_closed_too(
    issue: Callable[..., Awaitable[list[str]]], patient: Phone, connection: Any, shop: Workshop
) -> None:
    async def shown() -> list[Any]:
        exported = (await patient.caller.get(f"{HEALTH_BOOKS}/me/fhir")).json()
        return [each["resource"]["resourceType"] for each in exported["entry"]]

    await issue()
    who = patient.caller.person_id
    closed = await shown()
    await connection.execute("select set_config('tinhs.kind', 'job', false)")
    before = await connection.fetchval(OPEN, who)
    async with shop.transaction() as tx:
        entry = await tx.one(ENTRY, who)
        key = (await tx.ask(DataKeys).of([entry.visit_id]))[entry.visit_id]
    said = key.open(entry.body_enc or b"", about=f"health_books.item.body_enc {entry.id}")
    await connection.execute(REOPEN, entry.id, said.decode())
    lying_open = await shown()

    close_older: Any = CLOSE_OLDER.run
    async with shop.transaction() as tx:
        await close_older(tx)

    assert (before, await connection.fetchval(OPEN, who)) == (0, 0)
    assert closed == lying_open == await shown()


async def test_a_stranger_finds_no_book(
    issue: Callable[..., Awaitable[list[str]]], as_citizen: Callable[..., Caller]
) -> None:
    await issue()
    stranger = as_citizen(READ)

    assert (await stranger.get(f"{HEALTH_BOOKS}/me/fhir")).status_code == 404
    assert (await stranger.get(f"{HEALTH_BOOKS}/me")).json()["items"] == []


async def test_who_breaks_the_glass_reads_nothing_sensitive_and_the_patient_is_told(
    issue: Callable[..., Awaitable[list[str]]],
    patient: Phone,
    clinician: Caller,
    as_staff: Callable[..., Caller],
    connection: Any,
    clock: Clock,
) -> None:
    mental = {"icd10": "F32.1", "name": "Giai đoạn trầm cảm vừa"}
    asthma = {"icd10": "J45.9", "name": "Hen, không đặc hiệu"}
    await issue(diagnoses=[asthma, mental])
    elsewhere, another = as_staff("clinician"), as_staff("clinician")
    where = f"{HEALTH_BOOKS}/patients/{patient.person_id}"
    await patient.caller.get(f"{HEALTH_BOOKS}/me")  # the house knows people from then on
    reason = {"reason": "Bệnh nhân hôn mê, cần biết dị ứng thuốc."}

    before = await elsewhere.get(f"{where}/fhir")
    opened = await elsewhere.post(f"{where}/break-glass", json=reason)
    shown = await elsewhere.get(f"{where}/fhir")
    beside = await another.get(f"{where}/fhir")
    told = (await patient.caller.get(f"{HEALTH_BOOKS}/me/openings")).json()["items"]
    clock.advance(hours=4)
    after = await elsewhere.get(f"{where}/fhir")

    assert [each.status_code for each in (before, beside, after)] == [404, 404, 404]
    assert (opened.status_code, shown.status_code) == (201, 200)
    assert "Penicillin" in shown.text
    assert "trầm cảm" not in shown.text
    assert [(each["reason"], each["agency_id"]) for each in told] == [
        (reason["reason"], str(elsewhere.agency_id))
    ]
    noted = await connection.fetch(
        "select action from audit.event where person_id = $1 and basis = 'break-glass'",
        patient.caller.person_id,
    )
    assert sorted(each["action"] for each in noted) == ["read", "write"]
    await connection.execute("select set_config('tinhs.kind', 'job', false)")
    message = "select count(*) from notifications.message where kind = $1 and person_id = $2"
    about = ("health_books.opened-in-emergency", patient.caller.person_id)
    assert await connection.fetchval(message, *about) == 1
    kept = "select reason_enc from health_books.opening where person_id = $1"
    assert "hôn mê".encode() not in await connection.fetchval(kept, patient.caller.person_id)


async def test_breaking_the_glass_takes_a_reason_and_does_not_tell_whether_there_is_a_book(
    clinician: Caller, patient: Phone
) -> None:
    where, reason = f"{HEALTH_BOOKS}/patients", {"reason": "Bệnh nhân hôn mê sâu."}
    silent = await clinician.post(f"{where}/{patient.person_id}/break-glass", json={"reason": ""})
    nobody = await clinician.post(f"{where}/{uuid4()}/break-glass", json=reason)
    empty = await clinician.post(f"{where}/{patient.person_id}/break-glass", json=reason)
    shown = await clinician.get(f"{where}/{patient.person_id}/fhir")

    assert [each.status_code for each in (silent, nobody, empty)] == [400, 201, 201]
    assert shown.status_code == 404


async def test_whoever_comes_is_read_there_until_the_visit_is_written_down(
    issue: Callable[..., Awaitable[list[str]]],
    file: Callable[..., Awaitable[Any]],
    patient: Phone,
    clinician: Caller,
    as_staff: Callable[..., Caller],
    connection: Any,
    clock: Clock,
) -> None:
    mental = {"icd10": "F32.1", "name": "Giai đoạn trầm cảm vừa"}
    hiv = {"icd10": "B20", "name": "Bệnh do HIV"}
    asthma = {"icd10": "J45.9", "name": "Hen, không đặc hiệu"}
    await issue(diagnoses=[asthma, mental, hiv])
    where = f"{HEALTH_BOOKS}/patients/{patient.person_id}"
    elsewhere = as_staff("clinician")

    before = await clinician.get(where)
    come = await patient.caller.post(
        f"{HEALTH_BOOKS}/me/check-ins", json={"agency_id": str(clinician.agency_id)}
    )
    present = (await clinician.get(f"{HEALTH_BOOKS}/check-ins")).json()["items"]
    shown, fhir = await clinician.get(where), await clinician.get(f"{where}/fhir")
    stranger = await elsewhere.get(where)
    today = clock.now.date().isoformat()
    await file(encounter_id="E-2", start=today, end=today)
    after = await clinician.get(where)

    assert (before.status_code, stranger.status_code, after.status_code) == (404, 404, 404)
    assert come.status_code == 201
    assert [each["person_id"] for each in present] == [patient.person_id]
    told = shown.json()["book"]
    assert [each["icd10"] for each in told["history"]["conditions"]] == ["J45.9"]
    assert [each["encounter_id"] for each in told["visits"]] == ["38010-2026-000001"]
    assert "Penicillin" in shown.text
    for word in ("F32.1", "B20", "HIV", "hiv", "mental"):
        assert word not in shown.text + fhir.text
    log = "select purpose, action from audit.event where person_id = $1 and basis = 'check-in'"
    looks = await connection.fetch(log, patient.caller.person_id)
    assert [tuple(each) for each in looks] == [("health_books.care", "read")] * 2
    assert (await clinician.get(f"{HEALTH_BOOKS}/check-ins")).json()["items"] == []


async def test_a_patient_closes_the_book_again_and_a_day_closes_it_by_itself(
    issue: Callable[..., Awaitable[list[str]]],
    patient: Phone,
    clinician: Caller,
    as_citizen: Callable[..., Caller],
    clock: Clock,
) -> None:
    await issue()
    where, mine = f"{HEALTH_BOOKS}/patients/{patient.person_id}", f"{HEALTH_BOOKS}/me/check-ins"
    here = {"agency_id": str(clinician.agency_id)}

    first = (await patient.caller.post(mine, json=here)).json()
    others = await as_citizen(READ).delete(f"{mine}/{first['id']}")
    own = await clinician.delete(f"{mine}/{first['id']}")
    shown = await clinician.get(where)
    left = await patient.caller.delete(f"{mine}/{first['id']}")
    again = await patient.caller.delete(f"{mine}/{first['id']}")
    closed = await clinician.get(where)
    await patient.caller.post(mine, json=here)
    clock.advance(hours=24)
    late = await clinician.get(where)
    listed = (await patient.caller.get(f"{HEALTH_BOOKS}/me/openings")).json()["items"]

    assert (others.status_code, own.status_code, again.status_code) == (404, 403, 404)
    assert (shown.status_code, left.status_code) == (200, 204)
    assert (closed.status_code, late.status_code) == (404, 404)
    assert [(each["basis"], each["reason"]) for each in listed] == [("check-in", None)] * 2


async def test_only_a_patient_checks_in_and_an_emergency_is_not_drawn_out(
    patient: Phone, clinician: Caller, connection: Any
) -> None:
    """Said to the database itself, as a program would that has lost its way."""
    at = datetime(2026, 11, 20, tzinfo=UTC)
    row = (uuid4(), UUID(patient.person_id), clinician.agency_id, uuid4())
    add = """
        insert into health_books.opening (
            id, person_id, agency_id, opened_by, basis, reason_enc, opened_at, until
        )
        values ($1, $2, $3, $4, $5, $6, $7, $7)
    """
    for name, value in (("kind", "staff"), ("agencies", f"{{{clinician.agency_id}}}")):
        await connection.execute(f"select set_config('tinhs.{name}', $1, false)", value)

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute(add, *row, "check-in", None, at)
    await connection.execute(add, *row, "emergency", b"x", at)
    drawn = "update health_books.opening set until = until + interval '1 day' where id = $1"

    assert await connection.execute(drawn, row[0]) == "UPDATE 0"
