"""Writing down a visit: what may be seen apart from what may not, and both asked to be signed."""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any
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
from modules.health_books.model.content import Visit
from modules.health_books.model.kinds import OPEN, RESTRICTED, VisitKind
from modules.health_books.repository import visits as repository
from modules.health_books.scopes import CARE
from modules.health_books.service import closing
from modules.health_books.service.closing import Entry


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
        filed.append(await _file_open(tx, agency_id, person_id, people, opened))
    if restricted is not None:
        filed.append(await _file_restricted(tx, agency_id, person_id, people, restricted))
    look = Look(subject_id=person_id, purpose=CARE, fields=("visit",), action="write")
    await tx.ask(AccessLog).note(look)
    return Filed(documents=tuple(filed))


async def file_once(
    tx: Transaction, person_id: UUID, people: dict[str, UUID], visit: Visit
) -> None:
    """File a visit of which nothing is known yet, as a job of the house does for a facility."""
    facility = people[VisitKind.FACILITY]
    if await tx.maybe(repository.OF_ENCOUNTER, facility, visit.encounter_id) is None:
        await file(tx, person_id, people, visit)


async def _file_open(
    tx: Transaction, agency_id: UUID, person_id: UUID, people: dict[str, UUID], visit: Visit
) -> Standing:
    documents = tx.ask(Documents)
    known = await tx.maybe(repository.OF_ENCOUNTER, agency_id, visit.encounter_id)
    if known is None:
        holder = Reader(person_id=person_id, relation="holder")
        begun = await documents.draft(
            OPEN.name, visit, people, readers=[holder], agency_id=agency_id
        )
        at = (agency_id, person_id, visit.encounter_id, begun.document_id)
        known = await tx.one(repository.ADD, tx.new_id(), *at, tx.now)
    elif known.person_id != person_id:
        raise _refused("/patient", "another-patient")
    else:
        begun = await _revised(tx, known.document_id, visit, people)
    standing = await _frozen(tx, begun)
    await tx.run(repository.DROP_ITEMS, known.id, standing.rev)
    found = list(_entries(visit))
    entries = [
        Entry(id=tx.new_id(), visit_id=known.id, kind=kind, body=body) for kind, _, body in found
    ]
    await tx.run(
        repository.ADD_ITEMS,
        known.id,
        standing.rev,
        person_id,
        agency_id,
        [each.id for each in entries],
        [each.kind for each in entries],
        [" ".join(marks) for _, marks, _ in found],
        await closing.closed(tx, entries),
    )
    return standing


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
    tx: Transaction, document_id: UUID, visit: Visit, people: dict[str, UUID]
) -> Standing:
    documents = tx.ask(Documents)
    before = await documents.standing(document_id)
    if before is not None and before.state == "issued" and visit.amended_because is None:
        raise _refused("/amended_because", "missing")
    revised = await documents.revise(document_id, visit, people)
    if revised is None:
        raise BeingSigned
    return revised


async def _frozen(tx: Transaction, begun: Standing) -> Standing:
    outcome = await tx.ask(Documents).freeze(begun.document_id)
    if isinstance(outcome, Refused):
        raise VisitRefused(defects=msgspec.to_builtins(outcome.defects))
    return outcome


def _refused(pointer: str, code: str) -> VisitRefused:
    defects = [Defect(pointer=pointer, code=code)]
    return VisitRefused(defects=msgspec.to_builtins(defects))


def _entries(visit: Visit) -> Iterator[tuple[str, tuple[str, ...], dict[str, Any]]]:
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
    if event.kind == OPEN.name:
        await tx.run(repository.ISSUED, event.document_id, event.rev)
