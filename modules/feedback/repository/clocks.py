"""Clocks: begun, read, moved, looked at."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, LiteralString
from uuid import UUID

from backend.kernel import Query, Snapshot, Statement, Transaction
from modules.feedback.model.clocks import Cause, Clock

_FIRST: Final = UUID(int=0)

COLUMNS: Final[LiteralString] = """
    clock.report_id, clock.cycle, clock.kind, clock.deadline_class, clock.original_class,
    clock.began_at, clock.original_due_at, clock.due_at, clock.provisional, clock.paused_at,
    clock.stopped_at, clock.paused_days, clock.paused_seconds, clock.extended_days, clock.level,
    clock.terms_on,
    (select assignment.owner_agency_id
       from feedback.assignment
      where assignment.report_id = clock.report_id
        and assignment.cycle = clock.cycle
        and assignment.role = 'lead'
        and assignment.state not in ('returned', 'cancelled')) as agency_id
"""

# The newest cycle's, and in it the handling clock if there is one ("handling" < "triage").
FIND: Final = Query(
    Clock,
    f"""
    select {COLUMNS}
      from feedback.clock
     where report_id = $1
     order by cycle desc, kind
     limit 1
    """,
)

ADD: Final = Statement("""
    insert into feedback.clock (
        report_id, cycle, kind, deadline_class, original_class, began_at, original_due_at,
        due_at, provisional, next_check_at, terms_on)
    values ($1, $2, $3, $4, $4, $5, $6, $6, $7, $8, $9)
""")

CHANGE: Final = Statement("""
    update feedback.clock
       set deadline_class = $4, original_due_at = $5, due_at = $6, provisional = $7,
           paused_at = $8, stopped_at = $9, paused_days = $10, paused_seconds = $11,
           extended_days = $12, next_check_at = $13
     where report_id = $1 and cycle = $2 and kind = $3
""")

NOTE: Final = Statement("""
    insert into feedback.due_change (
        report_id, cycle, kind, seq, cause, from_at, to_at, due_before, due_after)
    select $1, $2, $3, count(*) + 1, $4, $5, $6, $7, $8
      from feedback.due_change
     where report_id = $1 and cycle = $2 and kind = $3
""")


DUE: Final = Query(
    Clock,
    f"""
    select {COLUMNS}
      from feedback.clock
     where clock.next_check_at <= $1
     order by clock.next_check_at, clock.report_id
     limit 500
       for update of clock skip locked
    """,
)

LOOKED: Final = Statement("""
    update feedback.clock
       set level = looked.level, next_check_at = looked.next_check_at
      from unnest($1::uuid[], $2::smallint[], $3::text[], $4::smallint[], $5::timestamptz[])
        as looked (report_id, cycle, kind, level, next_check_at)
     where clock.report_id = looked.report_id
       and clock.cycle = looked.cycle
       and clock.kind = looked.kind
""")

ESCALATE: Final = Statement("""
    insert into feedback.escalation (report_id, cycle, kind, level, at)
    select raised.report_id, raised.cycle, raised.kind, raised.level, $5
      from unnest($1::uuid[], $2::smallint[], $3::text[], $4::smallint[])
        as raised (report_id, cycle, kind, level)
""")

UNCERTAIN: Final = Query(
    Clock,
    f"""
    select {COLUMNS}
      from feedback.clock
     where (clock.report_id, clock.cycle, clock.kind) > ($1, $2, $3)
       and (clock.provisional or clock.stopped_at is null)
       and greatest(clock.due_at, clock.original_due_at) >= $4
     order by clock.report_id, clock.cycle, clock.kind
     limit 500
       for update of clock
    """,
)


async def find(snapshot: Snapshot, report_id: UUID) -> Clock | None:
    return await snapshot.maybe(FIND, report_id)


async def add(tx: Transaction, clock: Clock, next_check_at: datetime | None) -> None:
    await tx.run(
        ADD,
        clock.report_id,
        clock.cycle,
        clock.kind,
        clock.deadline_class,
        clock.began_at,
        clock.original_due_at,
        clock.provisional,
        next_check_at,
        clock.terms_on,
    )


async def change(tx: Transaction, clock: Clock, next_check_at: datetime | None) -> None:
    await tx.run(
        CHANGE,
        clock.report_id,
        clock.cycle,
        clock.kind,
        clock.deadline_class,
        clock.original_due_at,
        clock.due_at,
        clock.provisional,
        clock.paused_at,
        clock.stopped_at,
        clock.paused_days,
        clock.paused_seconds,
        clock.extended_days,
        next_check_at,
    )


async def note(
    tx: Transaction, before: Clock, after: Clock, cause: Cause, *, since: datetime | None = None
) -> None:
    """Keep what moved a deadline, from where to where; `since` when a pause began."""
    key = before.report_id, before.cycle, before.kind
    await tx.run(NOTE, *key, cause, since, tx.now, before.due_at, after.due_at)


async def due(tx: Transaction) -> Sequence[Clock]:
    """Return clocks to look at now, the longest waiting first, at most 500, locked for us."""
    return await tx.all(DUE, tx.now)


async def looked(
    tx: Transaction, clocks: Sequence[Clock], next_check_at: Sequence[datetime | None]
) -> None:
    """Keep that the level of each was spoken of, and when to look again."""
    key = (
        [clock.report_id for clock in clocks],
        [clock.cycle for clock in clocks],
        [clock.kind for clock in clocks],
    )
    await tx.run(ESCALATE, *key, [clock.level for clock in clocks], tx.now)
    await tx.run(LOOKED, *key, [clock.level + 1 for clock in clocks], next_check_at)


async def uncertain(tx: Transaction, after: Clock | None, since: datetime) -> Sequence[Clock]:
    """Return the next clocks that a newly certain year may move, at most 500, locked for us."""
    place = (_FIRST, 0, "") if after is None else (after.report_id, after.cycle, after.kind)
    return await tx.all(UNCERTAIN, *place, since)
