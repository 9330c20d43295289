"""What is sensitive, whatever was marked."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec
import pytest

from backend.kernel import Query
from backend.testing import Caller
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
