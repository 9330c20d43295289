"""Facilities whose own systems may send, and the keys by which they are known."""

from typing import Annotated
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
)
from msgspec import Meta

from backend.kernel import Forbidden, NotFound, Snapshot, Transaction
from contracts.page import Page
from modules.health_books.errors import KeyRefused
from modules.health_books.model import envelope
from modules.health_books.repository import messages as repository
from modules.health_books.repository.messages import SenderRow


class ToRegister(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which program sends for a facility, and the RSA key (PEM) that its messages are signed with.

    `agency_id` is the facility here: its seal stands under what its doctors have signed.
    """

    client_id: Annotated[str, Meta(pattern=r"^[!-~]{1,200}$")]
    agency_id: UUID
    public_key: Annotated[str, Meta(min_length=1, max_length=2000)]


class Sender(msgspec.Struct, frozen=True, kw_only=True):
    """A facility that may send."""

    sender_id: str
    client_id: str
    agency_id: UUID
    public_key: str


async def register(tx: Transaction, sender_id: str, wish: ToRegister) -> Sender:
    """Let a facility send, or give it another key. Raises `KeyRefused`."""
    if tx.principal.staff_id is None:
        raise Forbidden
    try:
        key = envelope.key_of(wish.public_key)
    except envelope.NoSuchKey as error:
        raise KeyRefused from error
    row = (sender_id, wish.client_id, wish.agency_id, key, tx.principal.staff_id, tx.now)
    return _shown(await tx.one(repository.REGISTER, *row))


async def strike_off(tx: Transaction, sender_id: str) -> None:
    """Let a facility send no more. What it has sent stays. Raises `NotFound`."""
    if not await tx.run(repository.STRIKE_OFF, sender_id):
        raise NotFound


async def registered(snapshot: Snapshot, cursor: str | None, limit: int) -> Page[Sender]:
    """Return all facilities that may send, by their numbers."""
    page = await snapshot.page(repository.SENDERS, cursor, limit)
    return Page(items=[_shown(row) for row in page.items], next_cursor=page.next_cursor)


def _shown(row: SenderRow) -> Sender:
    pem = load_der_public_key(row.public_key).public_bytes(
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
    )
    return Sender(
        sender_id=row.sender_id,
        client_id=row.client_id,
        agency_id=row.agency_id,
        public_key=pem.decode(),
    )
