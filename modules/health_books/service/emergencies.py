"""Breaking the glass: a facility opens a book for a while, and the patient is told at once."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from backend.kernel import NotFound, Snapshot, Transaction
from contracts.keys import DataKey, DataKeys
from contracts.notifications import NotificationKind, Notifier, ToPerson
from contracts.page import Page
from contracts.personal_data import AccessLog, Look
from modules.health_books.repository import openings as repository
from modules.health_books.repository import visits
from modules.health_books.repository.openings import OpeningRow
from modules.health_books.scopes import CARE
from modules.health_books.service import closing, reading

_OPEN_FOR: Final = timedelta(hours=4)
_BASIS: Final = "break-glass"
_TOLD: Final = "health_books.opened-in-emergency"

KINDS: Final = (NotificationKind(name=_TOLD, topic="health", is_pressing=True),)


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """A book that a facility has opened, and why."""

    id: UUID
    agency_id: UUID
    reason: str
    opened_at: datetime
    until: datetime


async def open_book(tx: Transaction, agency_id: UUID, person_id: UUID, reason: str) -> Opening:
    """Open a person's book to one's facility for four hours; the person is told.

    Whether there is anything in it, or such a person, is not told here.
    """
    made = Opening(
        id=tx.new_id(),
        agency_id=agency_id,
        reason=reason,
        opened_at=tx.now,
        until=tx.now + _OPEN_FOR,
    )
    key = (await tx.ask(DataKeys).given([made.id]))[made.id]
    closed = key.seal(reason.encode(), about=_about(made.id))
    who = tx.principal.staff_id
    row = (made.id, person_id, agency_id, who, closed, made.opened_at, made.until)
    await tx.run(repository.OPEN, *row)
    look = Look(subject_id=person_id, purpose=CARE, basis=_BASIS, action="write")
    await tx.ask(AccessLog).note(look)
    notifier = tx.ask_maybe(Notifier)
    if notifier is not None:
        to = ToPerson(person_id=person_id)
        await notifier.tell(to, _TOLD, {}, about="SSK", once=str(made.id))
    return made


async def read_book(tx: Transaction, person_id: UUID) -> bytes:
    """Return as FHIR what is not sensitive of a book that one's facility has opened.

    Raises `NotFound` where it is not open, or empty. The person sees each look.
    """
    ours = sorted(tx.principal.agencies)
    if await tx.maybe(repository.LIVE, person_id, ours, tx.now) is None:
        raise NotFound
    await tx.run(repository.LOOK_IN, tx.now)
    rows = await tx.all(visits.SEEN, person_id, [])
    made = reading.document(tx, person_id, await closing.opened(tx, rows))
    look = Look(subject_id=person_id, purpose=CARE, basis=_BASIS, fields=("health_book",))
    await tx.ask(AccessLog).note(look)
    return made


async def openings(
    snapshot: Snapshot, person_id: UUID, cursor: str | None, limit: int
) -> Page[Opening]:
    """Return who has opened one's own book, and why, the newest first."""
    page = await snapshot.page(repository.OF_PERSON, cursor, limit, person_id)
    keys = await snapshot.ask(DataKeys).of([row.id for row in page.items])
    return Page(items=opened(page.items, keys), next_cursor=page.next_cursor)


def opened(rows: Sequence[OpeningRow], keys: Mapping[UUID, DataKey]) -> list[Opening]:
    """Return openings as they can be read, without those of which the key is destroyed."""
    return [
        Opening(
            id=row.id,
            agency_id=row.agency_id,
            reason=keys[row.id].open(row.reason_enc, about=_about(row.id)).decode(),
            opened_at=row.opened_at,
            until=row.until,
        )
        for row in rows
        if row.id in keys
    ]


def _about(opening_id: UUID) -> str:
    return f"health_books.opening.reason_enc {opening_id}"


class Kinds:
    """Provides `contracts.notifications.NotificationKinds`."""

    def __init__(self, _: object) -> None:
        pass

    def kinds(self) -> Sequence[NotificationKind]:
        return KINDS
