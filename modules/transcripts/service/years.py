"""A school's year at once: written by the class, stood by, and asked to be signed as one run."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import msgspec

from backend.kernel import Job, NotFound, Transaction
from contracts.documents import Defect, Documents, LinkTo, Reader
from contracts.issuance import Bulk, BulkFrozen, BulkItem, Run, Wrong
from modules.transcripts.errors import AnotherYear, NoSuchSubject, PupilTwice
from modules.transcripts.model.content import AnyYear
from modules.transcripts.model.kind import SchoolRecord
from modules.transcripts.repository import years as repository
from modules.transcripts.scopes import CONFIRM
from modules.transcripts.service import closing, records
from modules.transcripts.service.closing import Record

_FIRST: Final = UUID(int=0)
_WRONG_TOLD_MAX: Final = 1000


class Row(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A pupil's year, as one of many."""

    pupil_id: UUID
    record: AnyYear


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a row, and what still keeps it from being signed."""

    pupil_id: UUID
    record_id: UUID
    defects: tuple[Defect, ...]


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """Whose records are to be signed, and by whom."""

    agency_id: UUID
    school_year: str
    class_name: str | None
    principal_id: UUID
    homeroom_teacher_ids: dict[str, UUID]


class Gathering(msgspec.Struct, frozen=True, kw_only=True):
    """A run that is being filled, and the record after which to go on."""

    run_id: UUID
    wish: Wish
    after: UUID = _FIRST


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a run has come, and the first of what is wrong in it."""

    run: Run
    wrong: tuple[Wrong, ...]


async def write(tx: Transaction, school_year: str, rows: Sequence[Row]) -> list[Written]:
    """Write many records, all or none; what reads the same stays as it was stood by.

    Raises `AnotherYear`, `PupilTwice`.
    """
    if any(each.record.school_year != school_year for each in rows):
        raise AnotherYear
    if len({each.pupil_id for each in rows}) < len(rows):
        raise PupilTwice
    contents = {each.pupil_id: each.record for each in rows}
    found = {each.pupil_id: each for each in await written(tx, school_year, contents)}
    return await _reports(tx, [found[each.pupil_id] for each in rows])


async def written(
    tx: Transaction, school_year: str, contents: Mapping[UUID, AnyYear]
) -> list[Record]:
    """Write the years of these pupils; each of them sees that somebody did."""
    found = await records.written(tx, school_year, contents)
    await records.note(tx, "write", *found)
    return found


async def _reports(tx: Transaction, found: Sequence[Record]) -> list[Written]:
    find = tx.ask(Documents).defects
    return [
        Written(
            pupil_id=record.pupil_id,
            record_id=record.id,
            defects=tuple(find(SchoolRecord.name, content)),
        )
        for record, content in zip(found, await records.confirmed(tx, found), strict=True)
    ]


async def confirm(tx: Transaction, school_year: str, class_name: str, codes: Sequence[str]) -> int:
    """Stand by what the records of a class say of these subjects now; return how many records.

    Raises `NotFound`, `NoSuchSubject`.
    """
    ours = sorted(tx.principal.agencies)
    locked = await tx.all(repository.LOCK_CLASS, ours, school_year, class_name)
    found = await closing.opened(tx, locked)
    if not found:
        raise NotFound
    stood_by: list[tuple[UUID, str, bytes]] = []
    for record in found:
        digests = records.digests(tx.check(CONFIRM, record).content)
        if not set(codes) <= digests.keys():
            raise NoSuchSubject
        stood_by += [(record.id, code, digests[code]) for code in codes]
    await records.note(tx, "write", *found)
    columns = [*map(list, zip(*stood_by, strict=True))]
    await tx.run(repository.CONFIRM, *columns, tx.principal.staff_id, tx.now)
    return len(found)


async def issue(tx: Transaction, wish: Wish) -> Run:
    """Begin a run of all records that were not asked to be signed yet."""
    name = " ".join(filter(None, (wish.school_year, wish.class_name)))
    run = await tx.ask(Bulk).open(SchoolRecord.name, wish.agency_id, name)
    await _go_on(tx, Gathering(run_id=run.id, wish=wish))
    return run


async def progress(tx: Transaction, run_id: UUID) -> Progress:
    """Return how far a run of one's own school has come. Raises `NotFound`."""
    run = await tx.ask(Bulk).progress(run_id)
    if run is None or run.kind != SchoolRecord.name:
        raise NotFound
    wrong = await tx.ask(Bulk).wrong(run_id, _WRONG_TOLD_MAX)
    return Progress(run=run, wrong=tuple(wrong))


async def number(tx: Transaction, event: BulkFrozen) -> None:
    """Note which document each record of a run has become."""
    if event.kind == SchoolRecord.name:
        sheets = [UUID(each.key) for each in event.documents]
        papers = [each.document_id for each in event.documents]
        await tx.run(repository.BECAME, sheets, papers)


async def _gather(tx: Transaction, gathering: Gathering) -> None:
    wish = gathering.wish
    asked = (wish.agency_id, wish.school_year, wish.class_name)
    rows = await tx.all(repository.TO_GATHER, *asked, gathering.after)
    if not rows:
        await tx.ask(Bulk).close(gathering.run_id)
        return
    found = await closing.opened(tx, rows)
    links = await _years_before(tx, wish, [each.pupil_id for each in found])
    contents = await records.confirmed(tx, found)
    items = [
        _item(wish, record, content, links) for record, content in zip(found, contents, strict=True)
    ]
    await tx.ask(Bulk).add(gathering.run_id, items)
    await _go_on(tx, msgspec.structs.replace(gathering, after=rows[-1].id))


async def _go_on(tx: Transaction, gathering: Gathering) -> None:
    await tx.enqueue(GATHER, gathering, key=f"{gathering.run_id}-{gathering.after}")


def _item(wish: Wish, record: Record, content: AnyYear, links: Mapping[UUID, LinkTo]) -> BulkItem:
    people = {SchoolRecord.PRINCIPAL: wish.principal_id, SchoolRecord.SCHOOL: record.agency_id}
    teacher = wish.homeroom_teacher_ids.get(content.class_name)
    if teacher is not None:  # whoever is missing is told as a defect of the record
        people[SchoolRecord.HOMEROOM] = teacher
    return BulkItem(
        key=str(record.id),
        content=content,
        people=people,
        readers=(Reader(person_id=record.pupil_id, relation="holder"),),
        links=tuple(filter(None, (links.get(record.pupil_id),))),
    )


async def _years_before(tx: Transaction, wish: Wish, pupils: Sequence[UUID]) -> dict[UUID, LinkTo]:
    """Return a link to what this school has issued of each pupil's year before, if anything."""
    before = records.year_before(wish.school_year)
    found: dict[UUID, LinkTo] = {}
    for each in await tx.all(repository.BEFORE, wish.agency_id, pupils, before):
        standing = await tx.ask(Documents).standing(each.document_id)
        if standing is not None and standing.state == "issued":
            found[each.pupil_id] = LinkTo(rel="previous_year", document_id=each.document_id)
    return found


GATHER: Final = Job(name="transcripts.gather", run=_gather, payload=Gathering)
"""Fills a run with a school's records, two hundred at a time."""
