"""Programs with keys, what they posted last, and the updates that they sent."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from backend.kernel import Paged, Query, Snapshot, Statement, Transaction
from contracts.page import Page
from modules.feedback.model.open311 import Key, NewKey

FIND: Final = Query(
    Key,
    """
    select id, name, contact, agency_id, made_at, disabled_at
      from feedback.open311_key
     where key_mac = $1 and disabled_at is null
    """,
)

LIST: Final = Paged(
    Key,
    """
    select id, name, contact, agency_id, made_at, disabled_at
      from feedback.open311_key
     where disabled_at is null
       and {after}
     order by id
     limit {limit}
    """,
    by=("id",),
)

ADD: Final = Statement("""
    insert into feedback.open311_key (id, key_mac, name, contact, agency_id, made_at)
    values ($1, $2, $3, $4, $5, $6)
""")

DISABLE: Final = Statement("""
    update feedback.open311_key
       set disabled_at = $2
     where id = $1 and disabled_at is null
""")


class Posted(msgspec.Struct, frozen=True, kw_only=True):
    """A form that was posted before."""

    report_id: UUID | None
    posted_at: datetime


# A twin waits here until the first has committed, and then finds it.
POST: Final = Query(
    Posted,
    """
    insert into feedback.open311_post as post (digest, report_id, posted_at)
    values ($1, null, $2)
        on conflict (digest) do update
       set posted_at = case when post.posted_at < $3 then $2 else post.posted_at end,
           report_id = case when post.posted_at < $3 then null else post.report_id end
    returning report_id, posted_at
    """,
)

MADE: Final = Statement("update feedback.open311_post set report_id = $2 where digest = $1")

NOTE_KEY: Final = Statement("update feedback.reporter set open311_key_id = $2 where report_id = $1")


class Filer(msgspec.Struct, frozen=True, kw_only=True):
    """Which program filed a report."""

    open311_key_id: UUID | None


FILER: Final = Query(Filer, "select open311_key_id from feedback.reporter where report_id = $1")

NOTE_UPDATE: Final = Statement("""
    insert into feedback.open311_update (key_id, update_id, code, at)
    values ($1, $2, $3, $4)
        on conflict (key_id, update_id) do nothing
""")


class Acting(msgspec.Struct, frozen=True, kw_only=True):
    """In whose name the rest of the transaction acts, as the policies read it."""

    kind: str
    agencies: str


ACT: Final = Query(
    Acting,
    """
    select set_config('tinhs.kind', 'staff', true) as kind,
           set_config('tinhs.agencies', $1, true) as agencies
    """,
)

FORGET: Final = Statement("delete from feedback.open311_post where posted_at < $1")


async def find(snapshot: Snapshot, key_mac: bytes) -> Key | None:
    return await snapshot.maybe(FIND, key_mac)


async def keys(snapshot: Snapshot, cursor: str | None, limit: int) -> Page[Key]:
    return await snapshot.page(LIST, cursor, limit)


async def add(tx: Transaction, new: NewKey, key_mac: bytes) -> UUID:
    key_id = tx.new_id()
    await tx.run(ADD, key_id, key_mac, new.name, new.contact, new.agency_id, tx.now)
    return key_id


async def disable(tx: Transaction, key_id: UUID) -> bool:
    return bool(await tx.run(DISABLE, key_id, tx.now))


async def post(tx: Transaction, digest: bytes, since: datetime) -> UUID | None:
    """Note a form; return the report that it made, when it was posted since a moment already."""
    return (await tx.one(POST, digest, tx.now, since)).report_id


async def made(tx: Transaction, digest: bytes, report_id: UUID, key_id: UUID) -> None:
    await tx.run(MADE, digest, report_id)
    await tx.run(NOTE_KEY, report_id, key_id)


async def filer(snapshot: Snapshot, report_id: UUID) -> UUID | None:
    found = await snapshot.maybe(FILER, report_id)
    return None if found is None else found.open311_key_id


async def note_update(tx: Transaction, key_id: UUID, update_id: str, code: str) -> bool:
    """Note an update by its name. False: it was made before."""
    return bool(await tx.run(NOTE_UPDATE, key_id, update_id, code, tx.now))


async def act_for(tx: Transaction, agency_id: UUID) -> None:
    """Let the rest of the transaction see what an agency sees."""
    await tx.one(ACT, f"{{{agency_id}}}")


async def forget(tx: Transaction, before: datetime) -> None:
    await tx.run(FORGET, before)
