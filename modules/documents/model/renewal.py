"""Archival timestamps (after RFC 4998): over everything that the log holds, renewed in time.

The log's root stands for every document, its file and its signatures. A timestamp over it shows
that all of them were there before the algorithms, keys and certificates of their own day grew weak;
a later one covers the earlier one together with what has come since.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, Literal, TypeAlias

import msgspec

from modules.documents.model.canonical import canonical

AHEAD: Final = timedelta(days=730)
"""So long before its protection ends a record is renewed."""
_FRESH: Final = timedelta(days=30)
"""So long a document may wait for its first archival timestamp."""

Due: TypeAlias = Literal["first", "grown", "ending"]


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One archival timestamp: over what, by whom (a token each), and until when it protects."""

    number: int
    size: int
    stamped: bytes
    tokens: tuple[bytes, ...]
    made_at: datetime
    good_until: datetime


class Stamped(msgspec.Struct, frozen=True, kw_only=True):
    """What a token is over, in canonical JSON."""

    checkpoint: str
    previous_sha256: str | None


def due(latest: Record | None, size: int, now: datetime) -> Due | None:
    """Return why a record has to be made now, or None."""
    if size == 0:
        return None
    if latest is None:
        return "first"
    if latest.good_until - AHEAD <= now:
        return "ending"
    return "grown" if size > latest.size and latest.made_at + _FRESH <= now else None


def stamped(checkpoint: str, before: Record | None) -> bytes:
    """Return what the authorities stamp next."""
    previous = None if before is None else digest(before)
    return canonical(Stamped(checkpoint=checkpoint, previous_sha256=previous))


def digest(record: Record) -> str:
    """Return by what the next record names this one: all that was stamped, and every token."""
    hashed = sha256(record.stamped)
    for token in record.tokens:
        hashed.update(sha256(token).digest())
    return hashed.hexdigest()


def is_chain(records: Sequence[Record]) -> bool:
    """Tell whether each record names the one before it."""
    for place, record in enumerate(records):
        said = msgspec.json.decode(record.stamped, type=Stamped)
        before = digest(records[place - 1]) if place else None
        if record.number != place or said.previous_sha256 != before:
            return False
    return True
