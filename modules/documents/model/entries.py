"""What the log holds of a document: hashes and times, and never a word of it."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from modules.documents.model.bundle import Revocations
from modules.documents.model.canonical import INTEGER_MAX
from modules.documents.model.hashtree import Timestamp
from modules.documents.model.jws import Signature

_encode: Final = msgspec.json.Encoder(order="sorted").encode

Hex = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]


class LogEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line: of a sealed document (content, PDF, signatures, revision before), or of a status.

    A status names the content it is about, and the SHA-256 of the word for what it is now; so does
    a change of the trust store, of an authority's certificate and its tree; and of a key of the
    house that signs no more; and an event, of what has become of an issued document since.
    """

    h: tuple[Hex, ...]
    k: Literal["doc", "status", "trust", "key", "event"]
    t: Annotated[int, Meta(ge=0, le=INTEGER_MAX)]
    v: Literal[1] = 1


def of_document(
    content_sha256: str,
    pdf_sha256: str,
    signatures: Sequence[Signature],
    prev: str | None,
    now: datetime,
    evidence: Sequence[Timestamp | Revocations] = (),
) -> LogEntry:
    """Return the line of a sealed revision."""
    hashes = hashes_of(content_sha256, pdf_sha256, signatures, prev, evidence)
    return LogEntry(k="doc", t=int(now.timestamp()), h=hashes)


def hashes_of(
    content_sha256: str,
    pdf_sha256: str,
    signatures: Sequence[Signature],
    prev: str | None,
    evidence: Sequence[Timestamp | Revocations] = (),
) -> tuple[str, ...]:
    """Return what the line of a sealed revision is about."""
    hashes = (content_sha256, pdf_sha256, signatures_sha256(signatures, evidence))
    return hashes if prev is None else (*hashes, prev)


def of_status(content_sha256: str, status: str, now: datetime) -> LogEntry:
    """Return the line of a change of status."""
    word = sha256(status.encode()).hexdigest()
    return LogEntry(k="status", t=int(now.timestamp()), h=(content_sha256, word))


def of_event(content_sha256: str, event: str, now: datetime) -> LogEntry:
    """Return the line of what has become of a document, which its bytes do not say."""
    word = sha256(event.encode()).hexdigest()
    return LogEntry(k="event", t=int(now.timestamp()), h=(content_sha256, word))


def of_trust(certificate_sha256: str, action: str, tree: str, now: datetime) -> LogEntry:
    """Return the line of an authority that is trusted from now on, or no more."""
    word = sha256(f"{action} {tree}".encode()).hexdigest()
    return LogEntry(k="trust", t=int(now.timestamp()), h=(certificate_sha256, word))


def of_key(public_sha256: str, purpose: str, now: datetime) -> LogEntry:
    """Return the line of a key of the house that signs no more."""
    word = sha256(f"retire {purpose}".encode()).hexdigest()
    return LogEntry(k="key", t=int(now.timestamp()), h=(public_sha256, word))


def signatures_sha256(
    signatures: Sequence[Signature], evidence: Sequence[Timestamp | Revocations] = ()
) -> str:
    """Return the hash over all signatures, as shipped and in the order of the parties.

    Their timestamps follow, where there are any, and what was said of the certificates: so nobody
    can put another in its place.
    """
    # Members of base64url: as msgspec writes them they are canonical.
    return sha256(_encode([*signatures, *evidence])).hexdigest()
