"""A school record on its way from the marks to the signatures."""

from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import sha256
from typing import Literal
from uuid import UUID

import msgspec

from backend.kernel import VIETNAM, Snapshot, Transaction
from contracts.documents import Defect, Documents, LinkTo, Reader, Refused, Standing
from contracts.page import Page
from contracts.personal_data import AccessLog, Look
from modules.transcripts.errors import AnotherYear, NoSuchSubject, NotToBeIssued, RecordRefused
from modules.transcripts.model.content import AnyYear, Subject
from modules.transcripts.model.kind import SchoolRecord
from modules.transcripts.repository import records as repository
from modules.transcripts.repository import years
from modules.transcripts.repository.records import Entry
from modules.transcripts.scopes import CONFIRM, ENTER, ISSUE, READ
from modules.transcripts.service import closing
from modules.transcripts.service.closing import Record

_PURPOSE = "transcripts.keeping"


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """A record as the school sees it, and what still keeps it from being signed."""

    id: UUID
    pupil_id: UUID
    content: AnyYear
    defects: tuple[Defect, ...]
    document_id: UUID | None
    standing: Standing | None = None


async def write(tx: Transaction, pupil_id: UUID, school_year: str, content: AnyYear) -> Sheet:
    """Write a pupil's year, or write it anew; what a teacher stood by and reads the same stays so.

    Raises `AnotherYear`.
    """
    if content.school_year != school_year:
        raise AnotherYear
    (record,) = await written(tx, school_year, {pupil_id: content})
    await note(tx, "write", record)
    return await _sheet(tx, tx.check(ENTER, record))


async def written(
    tx: Transaction, school_year: str, contents: Mapping[UUID, AnyYear]
) -> list[Record]:
    """Write the years of these pupils, or write them anew, each closed with its own key."""
    agency = tx.principal.agency_id
    await tx.run(years.LOCK_YEAR, f"transcripts.record {agency} {school_year}")
    known = await tx.all(years.KNOWN, agency, school_year, [*contents])
    ids = {each.pupil_id: each.id for each in known}
    told = {
        ids.get(pupil_id) or tx.new_id(): unconfirmed(content)
        for pupil_id, content in contents.items()
    }
    classes = [each.class_name for each in told.values()]
    closed = await closing.closed(tx, told)
    at = (agency, school_year, [*told], [*contents], classes)
    return await closing.opened(tx, await tx.all(years.WRITE, *at, closed, tx.now))


async def read(tx: Transaction, record_id: UUID) -> Sheet:
    """Return a record of one's own school, noted as seen. Raises `NotFound`."""
    row = await tx.maybe(repository.READ, record_id)
    record = tx.check(READ, await closing.opened_one(tx, row))
    await note(tx, "read", record)
    return await _sheet(tx, record)


async def listed(
    snapshot: Snapshot,
    school_year: str | None,
    class_name: str | None,
    cursor: str | None,
    limit: int,
) -> Page[Entry]:
    """Return the records of one's own school, without anything that stands in them."""
    ours = sorted(snapshot.principal.agencies)
    return await snapshot.page(repository.LIST, cursor, limit, ours, school_year, class_name)


async def confirm(tx: Transaction, record_id: UUID, codes: Sequence[str]) -> Sheet:
    """Stand by what a record says of these subjects now. Raises `NotFound`, `NoSuchSubject`."""
    row = await tx.maybe(repository.LOCK, record_id)
    record = tx.check(CONFIRM, await closing.opened_one(tx, row))
    said = digests(record.content)
    if not set(codes) <= said.keys():
        raise NoSuchSubject
    stood_by = [said[code] for code in codes]
    who = tx.principal.staff_id
    await tx.run(repository.CONFIRM, record_id, list(codes), stood_by, who, tx.now)
    await note(tx, "write", record)
    return await _sheet(tx, record)


async def issue(tx: Transaction, record_id: UUID, signers: dict[str, UUID]) -> Standing:
    """Ask teacher and principal to sign, and the house to seal for the school when they have.

    Of a record that was issued before, this begins the next revision, which says why. Raises
    `NotFound`, `RecordRefused`, `NotToBeIssued`.
    """
    row = await tx.maybe(repository.LOCK, record_id)
    record = tx.check(ISSUE, await closing.opened_one(tx, row))
    (content,) = await confirmed(tx, [record])
    people = {**signers, SchoolRecord.SCHOOL: record.agency_id}
    standing = await _drafted(tx, record, content, people)
    outcome = await tx.ask(Documents).freeze(standing.document_id)
    if isinstance(outcome, Refused):
        raise RecordRefused(defects=msgspec.to_builtins(outcome.defects))
    await note(tx, "write", record)
    return outcome


async def _drafted(
    tx: Transaction, record: Record, content: AnyYear, people: dict[str, UUID]
) -> Standing:
    """Begin the document of a record, or its next revision."""
    documents = tx.ask(Documents)
    links = await _year_before(tx, record)
    if record.document_id is None:
        holder = Reader(person_id=record.pupil_id, relation="holder")
        standing = await documents.draft(
            SchoolRecord.name,
            content,
            people,
            readers=[holder],
            links=links,
            agency_id=record.agency_id,
            key=str(record.id),
        )
        if standing.state != "draft":
            raise NotToBeIssued
        await tx.run(repository.ISSUED_AS, record.id, standing.document_id)
        return standing
    before = await documents.standing(record.document_id)
    if before is not None and before.state == "issued" and content.amended_because is None:
        missing = Defect(pointer="/amended_because", code="missing")
        raise RecordRefused(defects=msgspec.to_builtins([missing]))
    because = content.amended_because
    revised = await documents.revise(
        record.document_id, content, people, links=links, reason=because
    )
    if revised is None:
        raise NotToBeIssued
    return revised


async def _year_before(tx: Transaction, record: Record) -> list[LinkTo]:
    """Return a link to what this school has issued of the pupil's year before, if anything."""
    at = (record.agency_id, record.pupil_id, year_before(record.content.school_year))
    before = await tx.maybe(repository.YEAR_BEFORE, *at)
    if before is None or before.document_id is None:
        return []
    standing = await tx.ask(Documents).standing(before.document_id)
    if standing is None or standing.state != "issued":
        return []
    return [LinkTo(rel="previous_year", document_id=before.document_id)]


def year_before(school_year: str) -> str:
    """Return the name of the school year before."""
    begin = int(school_year[:4])
    return f"{begin - 1}-{begin}"


async def _sheet(tx: Transaction, record: Record) -> Sheet:
    (content,) = await confirmed(tx, [record])
    standing = None
    if record.document_id is not None:
        standing = await tx.ask(Documents).standing(record.document_id)
    return Sheet(
        id=record.id,
        pupil_id=record.pupil_id,
        content=content,
        defects=tuple(tx.ask(Documents).defects(SchoolRecord.name, content)),
        document_id=record.document_id,
        standing=standing,
    )


async def confirmed(tx: Transaction, found: Sequence[Record]) -> list[AnyYear]:
    """Return what records say, with the days on which somebody stood by these very words."""
    said = [
        (record.id, code, digest)
        for record in found
        for code, digest in digests(record.content).items()
    ]
    columns = [[row[place] for row in said] for place in range(3)]
    days: dict[UUID, dict[str, date]] = {record.id: {} for record in found}
    for each in await tx.all(repository.CONFIRMED, *columns):
        days[each.record_id][each.subject] = each.confirmed_at.astimezone(VIETNAM).date()
    return [_with(record.content, days[record.id]) for record in found]


def _with(content: AnyYear, days: Mapping[str, date]) -> AnyYear:
    subjects = tuple(
        msgspec.structs.replace(each, confirmed_on=days.get(each.code)) for each in content.subjects
    )
    return msgspec.structs.replace(content, subjects=subjects)


def unconfirmed(content: AnyYear) -> AnyYear:
    """Return a record by which nobody stands: the school does not write who does."""
    return _with(content, {})


def digests(content: AnyYear) -> dict[str, bytes]:
    """Return what teachers stand by, by the code of each subject."""
    return {each.code: _digest(each) for each in content.subjects}


def _digest(subject: Subject) -> bytes:
    """Return what a teacher stands by: everything of a subject but the day of doing so."""
    said = msgspec.structs.replace(subject, confirmed_on=None)
    return sha256(msgspec.json.encode(said, order="sorted")).digest()


async def note(tx: Transaction, action: Literal["read", "write"], *found: Record) -> None:
    """Write down that somebody looked at pupils' records, or wrote in them."""
    looks = [
        Look(
            subject_id=record.pupil_id,
            purpose=_PURPOSE,
            about=f"transcripts.record {record.content.school_year}",
            fields=("record",),
            action=action,
        )
        for record in found
    ]
    await tx.ask(AccessLog).note(*looks)
