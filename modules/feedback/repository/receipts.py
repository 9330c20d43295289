"""Receipts: made once for each event that has one, read by whoever owns the report."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from backend.kernel import Query, Snapshot, Statement, Transaction


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A receipt as it is kept."""

    seq: int
    payload: bytes
    jws: str | None
    made_at: datetime


OF_REPORT: Final = Query(
    Kept,
    """
    select seq, payload, jws, made_at
      from feedback.receipt
     where report_id = $1
     order by seq
     limit 100
    """,
)

ADD: Final = Statement("""
    insert into feedback.receipt (report_id, seq, payload, jws, made_at)
    values ($1, $2, $3, $4, $5)
        on conflict (report_id, seq) do nothing
""")


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """An event of the history, with the salt of what it commits to unless that was erased."""

    seq: int
    commitment: bytes | None
    hash: bytes
    salt: bytes | None


LINK: Final = Query(
    Link,
    """
    select event.seq, event.commitment, event.hash, event_salt.salt
      from feedback.event
      left join feedback.event_salt using (report_id, seq)
     where event.report_id = $1 and ($2::integer is null or event.seq = $2)
     order by event.seq desc
     limit 1
    """,
)


async def of_report(snapshot: Snapshot, report_id: UUID) -> Sequence[Kept]:
    return await snapshot.all(OF_REPORT, report_id)


async def add(tx: Transaction, report_id: UUID, seq: int, payload: bytes, jws: str) -> None:
    await tx.run(ADD, report_id, seq, payload, jws, tx.now)


async def link(snapshot: Snapshot, report_id: UUID, seq: int | None) -> Link:
    """Return an event of a report, or its newest."""
    return await snapshot.one(LINK, report_id, seq)
