"""Books that are open to a facility for a while: who opened them, and what is read there."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from backend.kernel import NotFound, Snapshot, Transaction
from contracts.keys import DataKey, DataKeys
from contracts.page import Page
from contracts.personal_data import AccessLog, Look
from modules.health_books.model import book as books
from modules.health_books.model.book import Told
from modules.health_books.repository import openings as repository
from modules.health_books.repository import visits
from modules.health_books.repository.openings import Basis, Live, OpeningRow
from modules.health_books.scopes import CARE
from modules.health_books.service import closing, reading
from modules.health_books.service.closing import Entry

_BASES: Final[Mapping[Basis, str]] = {"emergency": "break-glass", "check-in": "check-in"}


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """A book that is open to a facility; `reason` is an emergency's alone."""

    id: UUID
    agency_id: UUID
    basis: Basis
    reason: str | None
    opened_at: datetime
    until: datetime


class OpenBook(msgspec.Struct, frozen=True, kw_only=True):
    """What is not sensitive of a book, for whoever treats its person until then."""

    until: datetime
    book: Told


async def read_fhir(tx: Transaction, person_id: UUID) -> bytes:
    """Return as FHIR what is not sensitive of a book that is open to one's facility.

    Raises `NotFound` where it is not open, or empty. The person sees each look.
    """
    live, entries = await _looked_in(tx, person_id)
    made = reading.document(tx, person_id, entries)
    await _noted(tx, person_id, live)
    return made


async def read_book(tx: Transaction, person_id: UUID) -> OpenBook:
    """Return the same in few words. Raises `NotFound`."""
    live, entries = await _looked_in(tx, person_id)
    told = books.told([(each.visit_id, each.kind, each.body) for each in entries])
    if told is None:
        raise NotFound
    await _noted(tx, person_id, live)
    return OpenBook(until=live.until, book=told)


async def _looked_in(tx: Transaction, person_id: UUID) -> tuple[Live, list[Entry]]:
    ours = sorted(tx.principal.agencies)
    live = await tx.maybe(repository.LIVE, person_id, ours, tx.now)
    if live is None:
        raise NotFound
    await tx.run(repository.LOOK_IN, tx.now)
    return live, await closing.opened(tx, await tx.all(visits.SEEN, person_id, []))


async def _noted(tx: Transaction, person_id: UUID, live: Live) -> None:
    basis = _BASES[live.basis]
    look = Look(subject_id=person_id, purpose=CARE, basis=basis, fields=("health_book",))
    await tx.ask(AccessLog).note(look)


async def mine(
    snapshot: Snapshot, person_id: UUID, cursor: str | None, limit: int
) -> Page[Opening]:
    """Return to whom one's own book was opened, the newest first."""
    page = await snapshot.page(repository.OF_PERSON, cursor, limit, person_id)
    keys = await snapshot.ask(DataKeys).of([row.id for row in page.items])
    return Page(items=opened(page.items, keys), next_cursor=page.next_cursor)


def opened(rows: Sequence[OpeningRow], keys: Mapping[UUID, DataKey]) -> list[Opening]:
    """Return openings as they can be read, without those of which the key is destroyed."""
    return [
        Opening(
            id=row.id,
            agency_id=row.agency_id,
            basis=row.basis,
            reason=None if row.reason_enc is None else _reason(row.id, row.reason_enc, keys),
            opened_at=row.opened_at,
            until=row.until,
        )
        for row in rows
        if row.reason_enc is None or row.id in keys
    ]


def _reason(opening_id: UUID, closed: bytes, keys: Mapping[UUID, DataKey]) -> str:
    return keys[opening_id].open(closed, about=about(opening_id)).decode()


def about(opening_id: UUID) -> str:
    """Return what the reason of an opening is closed as."""
    return f"health_books.opening.reason_enc {opening_id}"
