"""Writing down a visit: what may be seen apart from what may not, and both asked to be signed."""

from collections.abc import Iterator, Sequence
from datetime import date
from hashlib import sha256
from typing import Any, TypeAlias
from uuid import UUID

import msgspec

from backend.kernel import Transaction
from contracts.documents import (
    Defect,
    DocumentIssued,
    Documents,
    Reader,
    Refused,
    Standing,
)
from contracts.personal_data import AccessLog, Look
from modules.health_books.errors import BeingSigned, VisitRefused
from modules.health_books.model import sensitive
from modules.health_books.model.checkup import Checkup
from modules.health_books.model.content import Visit
from modules.health_books.model.kinds import OPEN, RESTRICTED, VisitKind
from modules.health_books.repository import visits as repository
from modules.health_books.scopes import CARE
from modules.health_books.service import check_ins, closing
from modules.health_books.service.closing import Entry

Kept: TypeAlias = tuple[str, tuple[str, ...], dict[str, Any]]
"""An entry for reading: its kind, its marks, and what it says."""


class Filed(msgspec.Struct, frozen=True, kw_only=True):
    """The documents that a visit has become: one, or what is restricted apart from the rest."""

    documents: tuple[Standing, ...]


async def file(tx: Transaction, person_id: UUID, people: dict[str, UUID], visit: Visit) -> Filed:
    """Draft a visit's documents, or the next revisions of them, and ask the doctor to sign.

    `people` are the doctor and the facility by their roles. Raises `VisitRefused`, `BeingSigned`.
    """
    opened, restricted = sensitive.split(visit)
    agency_id = people[VisitKind.FACILITY]
    filed: list[Standing] = []
    if opened is not None:
        sheet = Sheet(kind=OPEN.name, content=opened, entries=tuple(_entries(opened)))
        filed.append(await enter(tx, agency_id, person_id, people, sheet))
    if restricted is not None:
        filed.append(await _file_restricted(tx, agency_id, person_id, people, restricted))
    await finish(tx, agency_id, person_id, visit.end)
    return Filed(documents=tuple(filed))


async def file_once(
    tx: Transaction, person_id: UUID, people: dict[str, UUID], visit: Visit
) -> None:
    """File a visit of which nothing is known yet, as a job of the house does for a facility."""
    facility = people[VisitKind.FACILITY]
    if await tx.maybe(repository.OF_ENCOUNTER, facility, visit.encounter_id) is None:
        await file(tx, person_id, people, visit)


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """What is filed: the data of a document, and what of it is kept for reading."""

    kind: str
    content: Visit | Checkup
    entries: Sequence[Kept]


async def enter(
    tx: Transaction, agency_id: UUID, person_id: UUID, people: dict[str, UUID], sheet: Sheet
) -> Standing:
    """Draft a document that may stand in the book, or its next revision, and ask for signatures."""
    documents, content = tx.ask(Documents), sheet.content
    known = await tx.maybe(repository.OF_ENCOUNTER, agency_id, content.encounter_id)
    if known is None:
        holder = Reader(person_id=person_id, relation="holder")
        begun = await documents.draft(
            sheet.kind, content, people, readers=[holder], agency_id=agency_id
        )
        at = (agency_id, person_id, content.encounter_id, begun.document_id, sheet.kind)
        known = await tx.one(repository.ADD, tx.new_id(), *at, tx.now)
    elif known.person_id != person_id:
        raise refused("/patient", "another-patient")
    elif known.kind != sheet.kind:
        raise refused("/encounter_id", "another-kind")
    else:
        begun = await _revised(tx, known.document_id, content, people)
    standing = await _frozen(tx, begun)
    await tx.run(repository.DROP_ITEMS, known.id, standing.rev)
    entries = [
        Entry(id=tx.new_id(), visit_id=known.id, kind=kind, body=body)
        for kind, _, body in sheet.entries
    ]
    await tx.run(
        repository.ADD_ITEMS,
        known.id,
        standing.rev,
        person_id,
        agency_id,
        [each.id for each in entries],
        [each.kind for each in entries],
        [" ".join(marks) for _, marks, _ in sheet.entries],
        await closing.closed(tx, entries),
    )
    return standing


async def finish(tx: Transaction, agency_id: UUID, person_id: UUID, last_day: date) -> None:
    """Close the book to the facility that has written down a visit, and note that it wrote."""
    await check_ins.end(tx, person_id, agency_id, last_day)
    look = Look(subject_id=person_id, purpose=CARE, fields=("visit",), action="write")
    await tx.ask(AccessLog).note(look)


async def _file_restricted(
    tx: Transaction, agency_id: UUID, person_id: UUID, people: dict[str, UUID], visit: Visit
) -> Standing:
    """Draft what is restricted under a key that tells nothing: no row of ours leads to it.

    It belongs to no agency either, so that no registrar's list counts it.
    """
    documents = tx.ask(Documents)
    told = f"{agency_id} {person_id} {visit.encounter_id}"
    key = sha256(told.encode()).hexdigest()
    holder = Reader(person_id=person_id, relation="holder")
    begun = await documents.draft(RESTRICTED.name, visit, people, readers=[holder], key=key)
    if begun.state != "draft":
        begun = await _revised(tx, begun.document_id, visit, people)
    return await _frozen(tx, begun)


async def _revised(
    tx: Transaction, document_id: UUID, content: Visit | Checkup, people: dict[str, UUID]
) -> Standing:
    documents = tx.ask(Documents)
    before = await documents.standing(document_id)
    if before is not None and before.state == "issued" and content.amended_because is None:
        raise refused("/amended_because", "missing")
    revised = await documents.revise(document_id, content, people)
    if revised is None:
        raise BeingSigned
    return revised


async def _frozen(tx: Transaction, begun: Standing) -> Standing:
    outcome = await tx.ask(Documents).freeze(begun.document_id)
    if isinstance(outcome, Refused):
        raise VisitRefused(defects=msgspec.to_builtins(outcome.defects))
    return outcome


def refused(pointer: str, code: str) -> VisitRefused:
    """Return why something cannot be filed, as a defect at that place."""
    defects = [Defect(pointer=pointer, code=code)]
    return VisitRefused(defects=msgspec.to_builtins(defects))


def _entries(visit: Visit) -> Iterator[Kept]:
    """Return what is kept of a visit for reading: a kind, its marks, and what it says."""
    told = msgspec.to_builtins(visit)
    head = ("encounter_id", "patient", "facility", "start", "end", "mode")
    yield "patient", (), told["patient"]
    marks = tuple(sorted(sensitive.of_visit(visit)))
    yield "encounter", marks, {name: told[name] for name in head}
    for group, item in sensitive.items(visit):
        yield group, item.sensitivity, msgspec.to_builtins(item)


async def issued(tx: Transaction, event: DocumentIssued) -> None:
    """Show a visit from the moment on at which everybody has signed it."""
    await tx.run(repository.ISSUED, event.document_id, event.rev)
