"""What a device and the house say to one another when a person signs."""

from datetime import datetime
from typing import Annotated, Final, Literal, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta

from contracts.documents import Text
from modules.documents.model.algorithms import Algorithm
from modules.documents.model.jws import Thumbprint

DOCUMENTS_MAX: Final = 25
"""So many are signed by one confirmation on a device."""

RemoteState: TypeAlias = Literal[
    "waiting", "confirmed", "finalised", "rejected", "failed", "expired", "cancelled"
]
"""`confirmed`: the person has said yes to their provider, and the house does the rest."""


class Intention(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which documents somebody is about to sign, and with which certificate of theirs."""

    documents: Annotated[tuple[UUID, ...], Meta(min_length=1, max_length=DOCUMENTS_MAX)]
    certificate: Thumbprint


class ToBeSigned(msgspec.Struct, frozen=True, kw_only=True):
    """One message for the key (`alg` hashes it), in base64url, and its SHA-256 to compare.

    `jws-signing-input` (RFC 7515 §5.1) ends with the document itself: show that to the person.
    `cms-signed-attrs` (RFC 5652 §5.4) are three attributes: the kind `data`, the SHA-256 of the
    PDF's `byte_range`, and the SHA-256 of the person's certificate; refuse any others.
    """

    kind: Literal["cms-signed-attrs", "jws-signing-input"]
    alg: Algorithm
    tbs: str
    sha256: str


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """One document to sign, twice: as data and as PDF. Both are at the addresses, to compare."""

    document: UUID
    base_sha256: str
    pdf_url: str
    content_url: str
    byte_range: tuple[int, int, int, int]
    to_be_signed: tuple[ToBeSigned, ...]


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A session: what to sign until when."""

    id: UUID
    expires_at: datetime
    documents: tuple[Prepared, ...]


class HandedIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A signature in base64url: r and s (`raw`, as WebCrypto gives it) or DER (as phones do)."""

    document: UUID
    kind: Literal["cms-signed-attrs", "jws-signing-input"]
    format: Literal["raw", "der"]
    value: Annotated[str, Meta(min_length=8, max_length=200)]


class Signatures(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a device hands in: all of a session's documents, or some; both signatures of each."""

    signatures: Annotated[tuple[HandedIn, ...], Meta(min_length=2, max_length=50)]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one document of a session."""

    document: UUID
    outcome: Literal["signed"]


class Outcomes(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the documents that were handed in."""

    documents: tuple[Outcome, ...]


class SessionState(msgspec.Struct, frozen=True, kw_only=True):
    """Where a session stands; `signed` are the documents whose signatures were taken."""

    id: UUID
    method: Literal["device", "remote"]
    """`remote`: it waits for what the person says to the provider that keeps their key."""
    state: RemoteState
    reason: str | None
    """Of a remote one that failed: the slug of the problem."""
    expires_at: datetime
    documents: tuple[UUID, ...]
    signed: tuple[UUID, ...]


class Refusal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why somebody does not sign."""

    reason: Text
