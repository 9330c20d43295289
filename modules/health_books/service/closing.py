"""Entries lie closed, each with the key of its visit; policies choose which are there to open."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from backend.kernel import Job, Snapshot, Transaction
from contracts.keys import DataKey, DataKeys, NotOpened
from modules.health_books.repository import visits as repository
from modules.health_books.repository.visits import ItemRow


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of a visit, as it can be read."""

    id: UUID
    visit_id: UUID
    kind: str
    body: dict[str, Any]


async def opened(snapshot: Snapshot, rows: Sequence[ItemRow]) -> list[Entry]:
    """Return entries as they can be read, without those of which the key is destroyed."""
    visits = {row.visit_id for row in rows if row.body_enc is not None}
    keys = await snapshot.ask(DataKeys).of(visits)
    found = [(row, _body(row, keys)) for row in rows]
    return [
        Entry(id=row.id, visit_id=row.visit_id, kind=row.kind, body=body)
        for row, body in found
        if body is not None
    ]


async def closed(tx: Transaction, entries: Sequence[Entry]) -> list[bytes]:
    """Return what entries say closed, in their order. Raises `LookupError` for a destroyed key."""
    keys = await tx.ask(DataKeys).given({each.visit_id for each in entries})
    return [
        keys[each.visit_id].seal(msgspec.json.encode(each.body), about=_about(each.id))
        for each in entries
    ]


def _body(row: ItemRow, keys: Mapping[UUID, DataKey]) -> dict[str, Any] | None:
    if row.body_enc is None:
        return row.body
    if row.visit_id not in keys:
        return None
    try:
        return msgspec.json.decode(keys[row.visit_id].open(row.body_enc, about=_about(row.id)))
    except NotOpened:  # it was moved here by hand
        return None


def _about(item_id: UUID) -> str:
    return f"health_books.item.body_enc {item_id}"


async def _close_older(tx: Transaction) -> None:
    entries = [
        Entry(id=row.id, visit_id=row.visit_id, kind=row.kind, body=row.body)
        for row in await tx.all(repository.OPEN)
        if row.body is not None
    ]
    if entries:
        ids = [each.id for each in entries]
        await tx.run(repository.CLOSE, ids, await closed(tx, entries))


CLOSE_OLDER: Final = Job(
    name="health_books.close-older", run=_close_older, every=timedelta(minutes=1)
)
"""Closes what was written before visits had keys, five hundred at a time."""
