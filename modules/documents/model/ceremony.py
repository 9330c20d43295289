"""What a device and the house say to one another when a person signs."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from contracts.documents import Text
from modules.documents.model.jws import Thumbprint


class Intention(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which documents somebody is about to sign, and with which certificate of theirs."""

    documents: Annotated[tuple[UUID, ...], Meta(min_length=1, max_length=25)]
    certificate: Thumbprint


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """One document to sign: the message for the key (ES256 hashes it), and its hash to compare.

    The part behind the full stop is the document itself in base64url: show that to the person.
    """

    document: UUID
    to_be_signed: str
    sha256: str


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A session: what to sign until when."""

    id: UUID
    expires_at: datetime
    documents: tuple[Prepared, ...]


class HandedIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A signature in base64url: r and s (`raw`, as WebCrypto gives it) or DER (as phones do)."""

    document: UUID
    format: Literal["raw", "der"]
    value: Annotated[str, Meta(min_length=8, max_length=200)]


class Signatures(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a device hands in: all of a session's documents, or some of them."""

    signatures: Annotated[tuple[HandedIn, ...], Meta(min_length=1, max_length=25)]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one document of a session."""

    document: UUID
    outcome: Literal["signed"]


class Outcomes(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the documents that were handed in."""

    documents: tuple[Outcome, ...]


class Refusal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why somebody does not sign."""

    reason: Text
