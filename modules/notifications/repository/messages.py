"""Messages: told, read, forgotten."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Final
from uuid import UUID

import msgspec

from backend.kernel import Paged, Query, Snapshot, Statement, Transaction
from contracts.notifications import Recipient, ToContact, ToPerson, ToRole
from contracts.page import Page
from modules.notifications.model.messages import Message, Received, Unread, named
from modules.notifications.scopes import READ

# Touches no row when the recipient was told before.
NOTE: Final = Statement("""
    insert into notifications.told (digest, at)
    values ($1, $2)
        on conflict (digest) do nothing
""")

TELL: Final = Statement("""
    insert into notifications.message (
        id, person_id, role, agency_id, area_code, subject_id, email_column, email,
        phone_column, phone, kind, values, about, created_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
""")

FIND: Final = Query(
    Message,
    """
    select id, person_id, role, agency_id, area_code, subject_id, email_column, email,
           phone_column, phone, kind, values, about, created_at
      from notifications.message
     where id = $1
    """,
)

INBOX: Final = Paged(
    Received,
    """
    select id, kind, values, about, created_at,
           coalesce(read_at, (select reading.read_at
                                from notifications.reading
                               where reading.message_id = message.id
                                 and reading.staff_id = $1)) as read_at
      from notifications.message
     where {visible}
       and {after}
     order by id desc
     limit {limit}
    """,
    by=("id",),
    descending="newest first",
    visible=READ,
)

UNREAD: Final = Query(
    Unread,
    """
    select count(*)::integer as unread
      from (select id
              from notifications.message
             where {visible}
               and read_at is null
               and not exists (
                   select from notifications.reading
                    where reading.message_id = message.id and reading.staff_id = $1)
             limit 100) as waiting
    """,
    visible=READ,
)

READ_OWN: Final = Statement(
    """
    update notifications.message
       set read_at = $1
     where person_id is not null
       and read_at is null
       and (id = any ($2::uuid[]) or id <= $3::uuid)
       and {visible}
    """,
    visible=READ,
)

READ_AS_OFFICER: Final = Statement(
    """
    insert into notifications.reading (staff_id, message_id, read_at)
    select $4::uuid, id, $1::timestamptz
      from notifications.message
     where role is not null
       and (id = any ($2::uuid[]) or id <= $3::uuid)
       and {visible}
     order by id desc
     limit 1000
        on conflict do nothing
    """,
    visible=READ,
)

FORGET: Final = Statement("""
    delete from notifications.message
     where id in (select id from notifications.message where created_at < $1 limit 1000)
""")

FORGET_TOLD: Final = Statement("delete from notifications.told where at < $1")


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A message that is about to be kept."""

    to: Recipient
    kind: str
    values: Mapping[str, str | Mapping[str, str]]
    about: str
    once: str


async def tell(tx: Transaction, message_id: UUID, told: Told) -> bool:
    """Keep a message. False: its recipient was told before."""
    digest = sha256(f"{named(told.to)}\n{told.once}".encode()).digest()
    if not await tx.run(NOTE, digest, tx.now):
        return False
    what = (told.kind, dict(told.values), told.about, tx.now)
    await tx.run(TELL, message_id, *_recipient(told.to), *what)
    return True


def _recipient(to: Recipient) -> tuple[object, ...]:
    match to:
        case ToPerson(person_id=person_id):
            return person_id, None, None, None, None, None, None, None, None
        case ToRole(role=role, agency_id=agency_id, area_code=area_code):
            return None, role, agency_id, area_code, None, None, None, None, None
        case ToContact(subject_id=subject_id, email=email, phone=phone):
            sealed = (*(email or (None, None)), *(phone or (None, None)))
            return None, None, None, None, subject_id, *sealed


async def find(snapshot: Snapshot, message_id: UUID) -> Message | None:
    return await snapshot.maybe(FIND, message_id)


async def inbox(snapshot: Snapshot, cursor: str | None, limit: int) -> Page[Received]:
    return await snapshot.page(INBOX, cursor, limit, snapshot.principal.staff_id)


async def unread(snapshot: Snapshot) -> Unread:
    return await snapshot.one(UNREAD, snapshot.principal.staff_id)


async def read(tx: Transaction, ids: Sequence[UUID], until: UUID | None) -> None:
    """Note what was read: for a person in the message, for an officer beside it."""
    await tx.run(READ_OWN, tx.now, list(ids), until)
    staff_id = tx.principal.staff_id
    if staff_id is not None:
        await tx.run(READ_AS_OFFICER, tx.now, list(ids), until, staff_id)


async def forget(tx: Transaction, before: datetime) -> int:
    """Forget old messages, at most 1,000; return how many."""
    await tx.run(FORGET_TOLD, before)
    return await tx.run(FORGET, before)
