"""The history of a report: a chain in which nobody can change a link unnoticed.

Each event is canonical JSON: members sorted, no white space, UTF-8, moments in UTC to the
millisecond; there are no fractions in it, so this is RFC 8785 too. Its hash is SHA-256 over the
hash before it (32 zero bytes before the first) and those bytes. No person and no text is in the
chain. An event only commits to its text and photos, by SHA-256 over a random salt and the content:
when the salt is erased with the text, the chain still holds and tells nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final
from uuid import UUID

import msgspec

NOTHING: Final = bytes(32)
"""What the first event of a report follows."""

SALT_BYTES: Final = 32


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One event as the table keeps it."""

    report_id: UUID
    seq: int
    """From 1, without a gap."""
    kind: str
    at: datetime
    actor: str
    """`citizen`, `staff` or `job`: in which capacity, never who."""
    acting_agency_id: UUID | None
    source: str | None
    target: str
    codes: Sequence[str]
    """Facts for machines: a reason's code, the id of an assignment's agency."""
    commitment: bytes | None
    hash: bytes


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """The newest event of a report, which the next one follows."""

    seq: int
    hash: bytes


def canonical(entry: Entry) -> bytes:
    """Return the bytes that are hashed."""
    moment = entry.at.astimezone(UTC)
    agency = entry.acting_agency_id
    return msgspec.json.encode(
        {
            "report": str(entry.report_id),
            "seq": entry.seq,
            "kind": entry.kind,
            "at": f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z",
            "actor": entry.actor,
            "acting_agency": None if agency is None else str(agency),
            "from": entry.source,
            "to": entry.target,
            "codes": list(entry.codes),
            "commitment": None if entry.commitment is None else entry.commitment.hex(),
        },
        order="sorted",
    )


def linked(before: bytes, entry: Entry) -> bytes:
    """Return the hash of an event that follows the hash `before`."""
    return sha256(before + canonical(entry)).digest()


def content(
    text: str, photos: Iterable[str] = (), answers: Mapping[str, Sequence[str]] | None = None
) -> bytes:
    """Return what an event commits to: its words, and the SHA-256 of each photo as received.

    With the answers of a filing, by question; there is no such member where nothing was asked.
    """
    said: dict[str, object] = {"photos": list(photos), "text": text}
    if answers:
        said["answers"] = answers
    return msgspec.json.encode(said, order="sorted")


def committed(salt: bytes, said: bytes) -> bytes:
    """Return the commitment of an event to its content."""
    return sha256(salt + said).digest()
