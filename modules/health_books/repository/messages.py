"""Facilities that send, and what they have sent."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from backend.kernel import Paged, Query, Statement

State = Literal["kept", "filed", "refused"]


class SenderRow(msgspec.Struct, frozen=True, kw_only=True):
    """A facility, the program that sends for it, and the key that it signs with."""

    sender_id: str
    client_id: str
    agency_id: UUID
    public_key: bytes
    registered_at: datetime


class MessageRow(msgspec.Struct, frozen=True, kw_only=True):
    """A message, and what came of it; `body_enc` until it is done."""

    id: UUID
    msg_id: str
    sha256: bytes
    agency_id: UUID
    state: State
    reason: str | None
    body_enc: bytes | None


REGISTER = Query(
    SenderRow,
    """
    insert into health_books.sender (
        sender_id, client_id, agency_id, public_key, registered_by, registered_at
    )
    values ($1, $2, $3, $4, $5, $6)
        on conflict (sender_id) do update
       set client_id = excluded.client_id,
           agency_id = excluded.agency_id,
           public_key = excluded.public_key,
           registered_by = excluded.registered_by,
           registered_at = excluded.registered_at
    returning sender_id, client_id, agency_id, public_key, registered_at
    """,
)

STRIKE_OFF = Statement("delete from health_books.sender where sender_id = $1")

SENDERS = Paged(
    SenderRow,
    """
    select sender_id, client_id, agency_id, public_key, registered_at
      from health_books.sender
     where {after}
     order by sender_id
     limit {limit}
    """,
    by=("sender_id",),
)

SENDER = Query(
    SenderRow,
    """
    select sender_id, client_id, agency_id, public_key, registered_at
      from health_books.sender
     where sender_id = $1
       and client_id = $2
    """,
)

KEEP = Statement(
    """
    insert into health_books.message (
        id, sender_id, msg_id, sha256, agency_id, state, body_enc, received_at
    )
    values ($1, $2, $3, $4, $5, 'kept', $6, $7)
        on conflict (sender_id, msg_id) do nothing
    """
)

KNOWN = Query(
    MessageRow,
    """
    select id, msg_id, sha256, agency_id, state, reason, body_enc
      from health_books.message
     where sender_id = $1
       and msg_id = $2
    """,
)

LOCK = Query(
    MessageRow,
    """
    select id, msg_id, sha256, agency_id, state, reason, body_enc
      from health_books.message
     where id = $1
       for update
    """,
)

SETTLE = Statement(
    """
    update health_books.message
       set state = $2, reason = $3, body_enc = null
     where id = $1
       and state = 'kept'
    """
)
