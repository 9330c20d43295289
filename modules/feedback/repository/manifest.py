"""The heads of each day, and the digest that continues the day before."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

import msgspec

from backend.kernel import Query, Snapshot, Statement, Transaction


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """The newest event of a report at the end of a day."""

    report_id: UUID
    seq: int
    hash: bytes


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What the histories of a day come to."""

    day: date
    reports: int
    digest: bytes


KEEP_HEADS: Final = Query(
    Head,
    """
    insert into feedback.head (day, report_id, seq, hash)
    select distinct on (report_id) $1::date, report_id, seq, hash
      from feedback.event
     where at >= $2 and at < $3
     order by report_id, seq desc
        on conflict (day, report_id) do nothing
    returning report_id, seq, hash
    """,
)

KEEP: Final = Statement("""
    insert into feedback.manifest (day, reports, digest, made_at)
    values ($1, $2, $3, $4)
        on conflict (day) do nothing
""")

NEWEST: Final = Query(
    Manifest,
    "select day, reports, digest from feedback.manifest order by day desc limit 1",
)

ALL: Final = Query(
    Manifest, "select day, reports, digest from feedback.manifest order by day limit 40000"
)

HEADS: Final = Query(
    Head, "select report_id, seq, hash from feedback.head where day = $1 order by report_id"
)


class Lost(msgspec.Struct, frozen=True, kw_only=True):
    """A report whose history does not lead through a head that was kept."""

    report_id: UUID
    code: str
    seq: int


LOST: Final = Query(
    Lost,
    """
    select distinct on (head.report_id) head.report_id, report.code, head.seq
      from feedback.head
      join feedback.report on report.id = head.report_id
      left join feedback.event
        on event.report_id = head.report_id and event.seq = head.seq
     where event.hash is distinct from head.hash
     order by head.report_id, head.seq
     limit 1000
    """,
)


async def keep_heads(
    tx: Transaction, day: date, since: datetime, until: datetime
) -> Sequence[Head]:
    return await tx.all(KEEP_HEADS, day, since, until)


async def keep(tx: Transaction, manifest: Manifest) -> None:
    await tx.run(KEEP, manifest.day, manifest.reports, manifest.digest, tx.now)


async def newest(snapshot: Snapshot) -> Manifest | None:
    return await snapshot.maybe(NEWEST)


async def manifests(snapshot: Snapshot) -> Sequence[Manifest]:
    return await snapshot.all(ALL)


async def heads(snapshot: Snapshot, day: date) -> Sequence[Head]:
    return await snapshot.all(HEADS, day)


async def lost(snapshot: Snapshot) -> Sequence[Lost]:
    return await snapshot.all(LOST)
