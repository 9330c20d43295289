"""Reports that have ended, for now or for good."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from backend.kernel import Query, Snapshot, Statement, Transaction

WAIT: Final = Statement("update feedback.report set decide_by = $2 where id = $1")


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A report to be looked at."""

    id: UUID


UNDECIDED: Final = Query(
    Found,
    """
    select id
      from feedback.report
     where state = 'reopen_requested' and decide_by <= $1
     order by decide_by, id
     limit 100
       for update skip locked
    """,
)

TO_CLOSE: Final = Query(
    Found,
    """
    select id
      from feedback.report
     where state in ('resolved', 'declined') and state_at < $1
     order by state_at, id
     limit 100
       for update skip locked
    """,
)


class RoutedOut(msgspec.Struct, frozen=True, kw_only=True):
    """Whether there is another channel for what was reported."""

    found: bool


ROUTED_OUT: Final = Query(
    RoutedOut,
    """
    select coalesce((
               select event.codes[1] = 'other-channel'
                 from feedback.event
                where event.report_id = $1 and event.kind = 'declination'
                order by event.seq desc
                limit 1), false) as found
    """,
)


async def wait(tx: Transaction, report_id: UUID, decide_by: datetime | None) -> None:
    await tx.run(WAIT, report_id, decide_by)


async def undecided(tx: Transaction) -> Sequence[UUID]:
    """Return reports on whose reopening nobody decided in time, at most 100, locked for us."""
    return [found.id for found in await tx.all(UNDECIDED, tx.now)]


async def to_close(tx: Transaction, before: datetime) -> Sequence[UUID]:
    """Return reports that ended before then and are not closed, at most 100, locked for us."""
    return [found.id for found in await tx.all(TO_CLOSE, before)]


async def is_routed_out(snapshot: Snapshot, report_id: UUID) -> bool:
    """Tell whether the report was declined because another channel takes it."""
    return (await snapshot.one(ROUTED_OUT, report_id)).found
