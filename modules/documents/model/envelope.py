"""The envelope: what every document says of itself, around the data of its kind."""

import secrets
from datetime import date
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from msgspec import Meta

from contracts.documents import Assurance, PersonName
from modules.documents.model.canonical import INTEGER_MAX
from modules.documents.model.entries import Hex
from modules.documents.model.jws import encoded

SALT_BYTES: Final = 16
Count = Annotated[int, Meta(ge=0, le=INTEGER_MAX)]
_LETTERS: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXY"
"""31 signs, a prime number, none of which is read as another."""


class Party(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody who signs. `subject_ref` is the name that their certificates give them."""

    role: str
    order: Count
    required: bool
    assurance: Assurance
    subject_ref: str
    name: PersonName


class StatusPlace(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where one asks whether the document still stands."""

    uri: str
    idx: Count


class Link(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Another document that this one rests on."""

    rel: str
    doc_id: UUID
    sha256: Hex


class Renderer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What prints a document: the SHA-256 of the template, and the version of Typst."""

    template: Hex
    typst: str


class Envelope(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A document's content. `issued_on` is the day of freezing, in Vietnam.

    `salt` keeps whoever sees the public hash from guessing the content; `renderer` makes the
    printed form a function of the content.
    """

    type: str
    schema: str
    doc_id: UUID
    code: str
    rev: Annotated[int, Meta(ge=1, le=INTEGER_MAX)]
    prev: Hex | None
    renderer: Renderer
    issuer: str
    parties: Annotated[tuple[Party, ...], Meta(min_length=1, max_length=32)]
    issued_on: date
    status: StatusPlace
    links: tuple[Link, ...]
    salt: str
    data: dict[str, Any]


_own: Final = msgspec.json.Decoder(Envelope)


def kept(content: bytes) -> Envelope:
    """Return content that lay with us, sealed: it was accepted before it was frozen."""
    return _own.decode(content)


def fresh_salt() -> str:
    """Return 128 random bits."""
    return encoded(secrets.token_bytes(SALT_BYTES))


def fresh_code(prefix: str, year: int) -> str:
    """Return a document's code, such as `HD-26-7KQ2M9XWA-C`, whose last sign finds a misprint."""
    body = "".join(secrets.choice(_LETTERS) for _ in range(9))
    weighed = sum((place + 1) * _LETTERS.index(sign) for place, sign in enumerate(body))
    return f"{prefix}-{year % 100:02}-{body}-{_LETTERS[weighed % len(_LETTERS)]}"
