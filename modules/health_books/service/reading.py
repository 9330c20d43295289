"""Showing a health book to its person, and to whom that person lets read."""

from collections.abc import Sequence
from typing import cast
from uuid import UUID

import msgspec

from backend.kernel import NotFound, Snapshot, Transaction
from contracts.page import Page
from contracts.personal_data import AccessLog, Look
from modules.health_books.model import fhir
from modules.health_books.model.content import Patient
from modules.health_books.model.fhir import Encounter, Shelf, Shown
from modules.health_books.repository import visits as repository
from modules.health_books.repository.visits import VisitRow
from modules.health_books.service import closing
from modules.health_books.service.closing import Entry

_MARKS = ("mental", "reproductive", "substance")


async def mine(
    snapshot: Snapshot, person_id: UUID, cursor: str | None, limit: int
) -> Page[VisitRow]:
    """Return the visits of a person's health book, the newest first."""
    return await snapshot.page(repository.MINE, cursor, limit, person_id)


async def own_export(snapshot: Snapshot, person_id: UUID, marks: Sequence[str]) -> bytes:
    """Return a health book as FHIR, with those sensitive entries that the person names.

    Raises `NotFound` for an empty book.
    """
    rows = await snapshot.all(repository.SEEN, person_id, list(marks))
    return document(snapshot, person_id, await closing.opened(snapshot, rows))


async def consented_export(tx: Transaction, person_id: UUID) -> bytes:
    """Return what the person has agreed that this partner reads for this purpose.

    The database's policies alone choose the rows. Raises `NotFound`, also where there is no such
    person, no consent and no entry: the three look alike.
    """
    rows = await tx.all(repository.SEEN, person_id, list(_MARKS))
    made = document(tx, person_id, await closing.opened(tx, rows))
    purpose = tx.principal.purpose or ""
    look = Look(subject_id=person_id, purpose=purpose, basis="consent", fields=("health_book",))
    await tx.ask(AccessLog).note(look)
    return made


def document(snapshot: Snapshot, person_id: UUID, rows: Sequence[Entry]) -> bytes:
    """Return entries as FHIR. Raises `NotFound` where there are none."""
    patients = [row for row in rows if row.kind == "patient"]
    if not patients:
        raise NotFound
    encounters = {
        row.visit_id: msgspec.convert(row.body, Encounter)
        for row in rows
        if row.kind == "encounter"
    }
    entries = [
        Shown(
            id=row.id,
            group=cast("Shelf", row.kind),
            body=row.body,
            encounter_id=row.visit_id if row.visit_id in encounters else None,
        )
        for row in rows
        if row.kind not in {"patient", "encounter"}
    ]
    patient = msgspec.convert(patients[-1].body, Patient)
    return fhir.document(person_id, patient, encounters, entries, snapshot.now, snapshot.base_url)
