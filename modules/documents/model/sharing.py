"""What a holder shares: some facts of a document, for one purpose, one recipient and a while."""

import secrets
from datetime import date, datetime
from hashlib import sha256
from typing import Annotated, Any, Final, Literal, TypeAlias
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from msgspec import Meta

from backend.kernel import Line
from modules.documents.model.jws import NotGenuine, decoded, encoded

_TOKEN_BYTES: Final = 16
_NONCE: Final = bytes(12)  # the key of a token seals once

ClaimName = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Pin = Annotated[str, Meta(pattern=r"^[0-9]{4,8}$")]


class ShareOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody wants to share, with whom, for what, for how long."""

    fields: Annotated[tuple[ClaimName, ...], Meta(min_length=1, max_length=50)]
    purpose: Line
    recipient: Line
    hours: Annotated[int, Meta(ge=1, le=720)] = 168
    views: Annotated[int, Meta(ge=1, le=1000)] = 20
    pin: Pin | None = None


Agreement: TypeAlias = Literal["holder", "guardian"]
"""Who has to agree as well before a share opens."""
_AGREES_FROM: Final = 7
_OF_AGE: Final = 18


def waits_for(born: date | None, today: date, *, is_holder: bool) -> Agreement | None:
    """Return who has to agree besides the one who shares (Law 91/2025/QH15 on children).

    Under seven the guardian decides, up to eighteen both do. Of somebody who is represented and
    whose age nobody knows, both are asked.
    """
    if born is None:
        return None if is_holder else "holder"
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    if age >= _OF_AGE:
        return None
    if is_holder:
        return "guardian"
    return "holder" if age >= _AGREES_FROM else None


class Shared(msgspec.Struct, frozen=True, kw_only=True):
    """A share: give the address to the recipient. It is shown once; the house does not know it."""

    id: UUID
    url: str
    token: str
    expires_at: datetime
    waits_for: Agreement | None
    """Who has to agree before the address opens anything: a child, or whoever represents it."""


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """A share as its holder sees it: `views` are the moments at which somebody looked."""

    id: UUID
    fields: tuple[str, ...]
    purpose: str
    recipient: str
    shared_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    waits_for: Agreement | None
    views: tuple[datetime, ...]


class ShareQuestion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a recipient has."""

    token: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{22}$")]
    pin: Pin | None = None


class Extract(msgspec.Struct, frozen=True, kw_only=True):
    """What the recipient sees: facts of the document, and nothing else of it."""

    code: str
    kind: str
    issued_on: str
    fields: dict[str, Any]
    purpose: str
    recipient: str
    expires_at: datetime
    sd_jwt: str
    """The same facts as an SD-JWT VC, which anybody verifies; it ends when the share does."""


class Announced(msgspec.Struct, frozen=True, kw_only=True):
    """What a share is, before it is opened: no fact of the document, and no look to be counted."""

    kind: str
    fields: tuple[str, ...]
    purpose: str
    recipient: str
    expires_at: datetime


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """What a token opens: the extract, and whom to tell that somebody looked."""

    extract: Extract
    share_id: UUID
    subject_ids: tuple[UUID, ...]


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """An extract, and how the document stands at this moment."""

    status: Literal["VALID", "SUSPENDED", "SUPERSEDED", "REVOKED"]
    extract: Extract


class NotOpened(Exception):
    """The token, or the PIN, is not the one."""


def fresh_token() -> str:
    """Return 128 random bits."""
    return encoded(secrets.token_bytes(_TOKEN_BYTES))


def token_sha256(token: str) -> bytes:
    """Return under what a token is found."""
    return sha256(token.encode()).digest()


def sealed(found: Sealed, token: str, pin: str | None) -> bytes:
    """Return what nobody reads without token and PIN."""
    return AESGCMSIV(_key(token, pin)).encrypt(_NONCE, msgspec.json.encode(found), None)


def unsealed(raw: bytes, token: str, pin: str | None) -> Sealed:
    """Return what was sealed. Raises `NotOpened`."""
    try:
        plain = AESGCMSIV(_key(token, pin)).decrypt(_NONCE, raw, None)
    except (InvalidTag, NotGenuine) as error:
        raise NotOpened from error
    return msgspec.json.decode(plain, type=Sealed)


def _key(token: str, pin: str | None) -> bytes:
    info = b"tinhs share " + (pin or "").encode()
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(decoded(token))
