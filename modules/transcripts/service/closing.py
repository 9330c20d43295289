"""Sheets lie closed, each with a key of its own; who may open one has been asked by then."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec

from backend.kernel import Job, Snapshot, Transaction
from contracts.keys import DataKey, DataKeys, NotOpened
from modules.transcripts.model.content import AnyYear
from modules.transcripts.repository import years as repository
from modules.transcripts.repository.records import Row

_decoder: Final = msgspec.json.Decoder(AnyYear)


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """A school's sheet for one pupil and one year."""

    id: UUID
    agency_id: UUID
    pupil_id: UUID
    content: AnyYear
    document_id: UUID | None


async def opened(snapshot: Snapshot, rows: Sequence[Row]) -> list[Record]:
    """Return sheets as they can be read, without those of which the key is destroyed."""
    closed = [row.id for row in rows if row.content_enc is not None]
    keys = await snapshot.ask(DataKeys).of(closed)
    found = [(row, _content(row, keys)) for row in rows]
    return [
        Record(
            id=row.id,
            agency_id=row.agency_id,
            pupil_id=row.pupil_id,
            content=content,
            document_id=row.document_id,
        )
        for row, content in found
        if content is not None
    ]


async def opened_one(snapshot: Snapshot, row: Row | None) -> Record | None:
    """Return one sheet as it can be read."""
    return next(iter(await opened(snapshot, [] if row is None else [row])), None)


async def closed(tx: Transaction, contents: Mapping[UUID, AnyYear]) -> list[bytes]:
    """Return contents closed, in their order. Raises `LookupError` where a key is destroyed."""
    keys = await tx.ask(DataKeys).given(contents)
    return [
        keys[each].seal(msgspec.json.encode(content), about=_about(each))
        for each, content in contents.items()
    ]


def _content(row: Row, keys: Mapping[UUID, DataKey]) -> AnyYear | None:
    if row.content_enc is None:
        return row.content
    if row.id not in keys:
        return None
    try:
        return _decoder.decode(keys[row.id].open(row.content_enc, about=_about(row.id)))
    except NotOpened:  # it was moved here by hand
        return None


def _about(record_id: UUID) -> str:
    return f"transcripts.record.content_enc {record_id}"


async def _close_older(tx: Transaction) -> None:
    rows = await tx.all(repository.OPEN)
    contents = {row.id: row.content for row in rows if row.content is not None}
    if contents:
        await tx.run(repository.CLOSE, [*contents], await closed(tx, contents))


CLOSE_OLDER: Final = Job(
    name="transcripts.close-older", run=_close_older, every=timedelta(minutes=1)
)
"""Closes what was written before sheets had keys, two hundred at a time."""
