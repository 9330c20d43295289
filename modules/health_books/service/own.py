"""What people write into their own book: nobody has signed it, and nobody else reads it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

from backend.kernel import Name, NotFound, Prose, Snapshot, Transaction, composed
from contracts.keys import DataKey, DataKeys
from contracts.page import Page
from modules.health_books.errors import TooManyEntries
from modules.health_books.repository import own as repository
from modules.health_books.repository.own import OwnRow

_ENTRIES_MAX: Final = 1000


class OwnEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An entry of one's own: what one knows oneself, or has from a paper of elsewhere."""

    kind: Literal["allergy", "condition", "immunization", "medication", "family", "other"]
    source: Literal["self_declared", "citizen_import"]
    name: Name
    noted_on: date | None = None
    detail: Prose | None = None

    def __post_init__(self) -> None:
        """Refuse a name of spaces, or with letters that are two ways of writing one."""
        composed(self)


class Entered(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of one's own, as it is kept."""

    id: UUID
    entered_at: datetime
    entry: OwnEntry


async def enter(tx: Transaction, person_id: UUID, entry: OwnEntry) -> Entered:
    """Keep an entry. Raises `TooManyEntries`."""
    if (await tx.one(repository.COUNT, person_id)).entries >= _ENTRIES_MAX:
        raise TooManyEntries(limit=_ENTRIES_MAX)
    made = Entered(id=tx.new_id(), entered_at=tx.now, entry=entry)
    key = (await tx.ask(DataKeys).given([made.id]))[made.id]
    closed = key.seal(msgspec.json.encode(entry), about=_about(made.id))
    await tx.run(repository.ENTER, made.id, person_id, closed, made.entered_at)
    return made


async def mine(
    snapshot: Snapshot, person_id: UUID, cursor: str | None, limit: int
) -> Page[Entered]:
    """Return one's own entries, the newest first."""
    page = await snapshot.page(repository.MINE, cursor, limit, person_id)
    keys = await snapshot.ask(DataKeys).of([row.id for row in page.items])
    return Page(items=opened(page.items, keys), next_cursor=page.next_cursor)


async def erase(tx: Transaction, person_id: UUID, entry_id: UUID | None = None) -> None:
    """Erase an entry, or all, and what closes it, so that backups forget it too.

    Raises `NotFound` for an entry that is not there.
    """
    gone = await tx.all(repository.ERASE, person_id, entry_id)
    if entry_id is not None and not gone:
        raise NotFound
    await tx.ask(DataKeys).destroy([each.id for each in gone])


def opened(rows: Sequence[OwnRow], keys: Mapping[UUID, DataKey]) -> list[Entered]:
    """Return entries as they can be read."""
    return [
        Entered(
            id=row.id,
            entered_at=row.entered_at,
            entry=msgspec.json.decode(
                keys[row.id].open(row.body_enc, about=_about(row.id)), type=OwnEntry
            ),
        )
        for row in rows
        if row.id in keys
    ]


def _about(entry_id: UUID) -> str:
    return f"health_books.own_entry.body_enc {entry_id}"
