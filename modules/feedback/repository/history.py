"""The chain of events, and the words that stand beside it."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec

from backend.kernel import Query, Snapshot, Statement, Transaction
from modules.feedback.model.history import Entry, Head
from modules.feedback.model.machines import ReportState
from modules.feedback.model.reports import Said
from modules.feedback.model.setup.questions import Answered

HEAD: Final = Query(
    Head,
    """
    select seq, hash
      from feedback.event
     where report_id = $1
     order by seq desc
     limit 1
    """,
)


class Beginning(msgspec.Struct, frozen=True, kw_only=True):
    """What the first event says of what was filed."""

    commitment: bytes
    hash: bytes


BEGINNING: Final = Query(
    Beginning, "select commitment, hash from feedback.event where report_id = $1 and seq = 1"
)

APPEND: Final = Statement("""
      with event as (
           insert into feedback.event (
               report_id, seq, kind, at, actor, acting_agency_id, source, target, codes,
               commitment, hash)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
      )
    insert into feedback.event_salt (report_id, seq, salt, text, staff_id)
    values ($1, $2, $12, $13, $14)
""")

SAID: Final = Query(
    Said,
    """
    select event.seq, event.kind, event.at, event.acting_agency_id, event.source, event.target,
           event.codes, event_salt.text, event_salt.staff_id
      from feedback.event
      left join feedback.event_salt using (report_id, seq)
     where event.report_id = $1
     order by event.seq
     limit 1000
    """,
)


class Chained(msgspec.Struct, frozen=True, kw_only=True):
    """A report whose history is to be verified."""

    id: UUID
    code: str
    version: int
    state: ReportState


CHAINED: Final = Query(
    Chained,
    """
    select id, code, version, state
      from feedback.report
     where id > $1
     order by id
     limit 200
    """,
)

HELD: Final = Query(
    Chained,
    """
    select id, code, version, state
      from feedback.report
     where id = any ($1::uuid[])
     order by id
       for share
    """,
)

ENTRIES: Final = Query(
    Entry,
    """
    select report_id, seq, kind, at, actor, acting_agency_id, source, target, codes, commitment,
           hash
      from feedback.event
     where report_id = any ($1::uuid[])
     order by report_id, seq
    """,
)


class Salted(msgspec.Struct, frozen=True, kw_only=True):
    """What an event committed to, as far as it was not erased."""

    report_id: UUID
    seq: int
    salt: bytes
    text: str
    photos: Sequence[str]
    answers: tuple[Answered, ...]


SALTED: Final = Query(
    Salted,
    """
    select event_salt.report_id, event_salt.seq, event_salt.salt,
           coalesce(event_salt.text, report_text.original, '') as text,
           array(
               select attachment.sha256
                 from feedback.attachment
                where attachment.report_id = event_salt.report_id
                  and attachment.seq = event_salt.seq
                order by attachment.position) as photos,
           coalesce(report_text.answers, '[]') as answers
      from feedback.event_salt
      left join feedback.report_text
        on report_text.report_id = event_salt.report_id and event_salt.seq = 1
     where event_salt.report_id = any ($1::uuid[])
    """,
)


async def head(snapshot: Snapshot, report_id: UUID) -> Head:
    return await snapshot.one(HEAD, report_id)


async def beginning(snapshot: Snapshot, report_id: UUID) -> Beginning:
    return await snapshot.one(BEGINNING, report_id)


async def append(tx: Transaction, entry: Entry, salt: bytes, text: str | None) -> None:
    """Add an event, and beside it what it commits to."""
    await tx.run(
        APPEND,
        entry.report_id,
        entry.seq,
        entry.kind,
        entry.at,
        entry.actor,
        entry.acting_agency_id,
        entry.source,
        entry.target,
        entry.codes,
        entry.commitment,
        entry.hash,
        salt,
        text,
        tx.principal.staff_id,
    )


async def said(snapshot: Snapshot, report_id: UUID) -> Sequence[Said]:
    return await snapshot.all(SAID, report_id)


async def chained(snapshot: Snapshot, after: UUID) -> Sequence[Chained]:
    """Return the next reports in order of id, at most 200."""
    return await snapshot.all(CHAINED, after)


async def held(tx: Transaction, report_ids: Sequence[UUID]) -> Sequence[Chained]:
    """Return reports that nobody moves until the transaction ends."""
    return await tx.all(HELD, report_ids)


async def entries(snapshot: Snapshot, report_ids: Sequence[UUID]) -> Sequence[Entry]:
    return await snapshot.all(ENTRIES, report_ids)


async def salted(snapshot: Snapshot, report_ids: Sequence[UUID]) -> Sequence[Salted]:
    return await snapshot.all(SALTED, report_ids)
