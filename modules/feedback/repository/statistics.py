"""Counting days from events and clocks, and adding them up."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final, LiteralString

import msgspec

from backend.kernel import Query, Snapshot, Statement, Transaction
from modules.feedback.model.statistics import Grouping, Tally, months_within
from modules.feedback.scopes import TRIAGE

CLEAR: Final = Statement("delete from feedback.stat_day where day = $1")

# The cycle of an event is one more than the times that its report had begun again before it. Each
# row is looked up by itself: a day has some hundreds, and a plan that joins reads every report.
COUNT: Final = Statement("""
      with happened as materialized (
           select event.report_id, event.kind, event.at, report.commune_code,
                  report.category_code,
                  1 + (select count(*)
                         from feedback.event as earlier
                        where event.kind <> 'filing'
                          and earlier.report_id = event.report_id
                          and earlier.seq < event.seq
                          and earlier.kind in ('reopening_granted', 'reopening_lapse')) as cycle
             from feedback.event
            cross join lateral (
                  select commune_code, category_code
                    from feedback.report
                   where report.id = event.report_id
                   limit 1) as report
            where event.at >= $2 and event.at < $3
              and event.kind in ('filing', 'declination', 'approval', 'reopening', 'closing',
                                 'reopening_refused')
      )
    insert into feedback.stat_day (
        day, agency_id, agency_name, commune_code, category_code, filed, declined, resolved,
        in_time_originally, in_time, extended, paused, reopened, closed, confirmed, desk_seconds)
    select $1::date, assignment.owner_agency_id, max(assignment.agency_name),
           happened.commune_code, happened.category_code,
           count(*) filter (where happened.kind = 'filing'),
           count(*) filter (where happened.kind = 'declination'),
           count(*) filter (where happened.kind = 'approval'),
           count(*) filter (
               where happened.kind = 'approval' and clock.stopped_at <= clock.original_due_at),
           count(*) filter (where happened.kind = 'approval' and clock.stopped_at <= clock.due_at),
           count(*) filter (where happened.kind = 'approval' and clock.extended_days > 0),
           count(*) filter (
               where happened.kind = 'approval'
                 and (clock.paused_days > 0 or clock.paused_seconds > 0)),
           count(*) filter (where happened.kind = 'reopening'),
           count(*) filter (where happened.kind in ('closing', 'reopening_refused')),
           count(*) filter (
               where happened.kind in ('closing', 'reopening_refused')
                 and rating.value >= 2),
           coalesce(sum(extract(epoch from happened.at - clock.stopped_at))
                    filter (where happened.kind = 'approval'), 0)::bigint
      from happened
      left join lateral (
           select stopped_at, original_due_at, due_at, extended_days, paused_days, paused_seconds
             from feedback.clock
            where happened.kind = 'approval'
              and clock.report_id = happened.report_id and clock.cycle = happened.cycle
              and clock.kind = 'handling'
            limit 1) as clock on true
      left join lateral (
           select owner_agency_id, agency_name
             from feedback.assignment
            where assignment.report_id = happened.report_id
              and assignment.cycle = happened.cycle
              and assignment.role = 'lead' and assignment.state = 'approved'
              and happened.kind <> 'filing'
            limit 1) as assignment on true
      left join lateral (
           select value
             from feedback.rating
            where happened.kind in ('closing', 'reopening_refused')
              and rating.report_id = happened.report_id and rating.cycle = happened.cycle
            limit 1) as rating on true
     group by assignment.owner_agency_id, happened.commune_code, happened.category_code
""")

SUMS: Final[LiteralString] = """
           sum(filed)::integer as filed, sum(declined)::integer as declined,
           sum(resolved)::integer as resolved,
           sum(in_time_originally)::integer as in_time_originally,
           sum(in_time)::integer as in_time, sum(extended)::integer as extended,
           sum(paused)::integer as paused, sum(reopened)::integer as reopened,
           sum(closed)::integer as closed, sum(confirmed)::integer as confirmed,
           sum(desk_seconds)::bigint as desk_seconds
"""

PARTS: Final[LiteralString] = """
           select key, label, filed, declined, resolved, in_time_originally, in_time, extended,
                  paused, reopened, closed, confirmed, desk_seconds
             from feedback.stat_sum
"""

# Whole months, and the days before and after them: as many rows as there are keys, however much
# was reported.
ADDED: Final = Query(
    Tally,
    f"""
    select key, max(label) as label, {SUMS}
      from ({PARTS} where span = 'day' and kind = $1 and day >= $2 and day < $3
             union all
            {PARTS} where span = 'month' and kind = $1 and day >= $3 and day < $4
             union all
            {PARTS} where span = 'day' and kind = $1 and day >= $4 and day <= $5) as part
     group by key
     order by key
     limit 1000
    """,
)

AT_DESK: Final = Query(
    Tally,
    f"""
    select category_code as key, null::text as label, {SUMS}
      from feedback.stat_day
     where day >= $1 and day <= $2 and {{visible}}
     group by category_code
     order by category_code
     limit 1000
    """,
    visible=TRIAGE,
)


class Newest(msgspec.Struct, frozen=True, kw_only=True):
    """The last day that was counted."""

    day: date | None


NEWEST: Final = Query(Newest, "select max(day) as day from feedback.stat_day")

OLDEST: Final = Query(
    Newest,
    """
    select min((at at time zone 'Asia/Ho_Chi_Minh')::date) as day
      from (select at from feedback.event where seq = 1 order by report_id limit 1) as first
    """,
)


async def count(tx: Transaction, day: date, since: datetime, until: datetime) -> None:
    """Count a day anew."""
    await tx.run(CLEAR, day)
    await tx.run(COUNT, day, since, until)


async def newest(snapshot: Snapshot) -> date | None:
    return (await snapshot.one(NEWEST)).day


async def oldest(snapshot: Snapshot) -> date | None:
    """Return the day of the oldest report: ids sort by time."""
    return (await snapshot.one(OLDEST)).day


async def added(snapshot: Snapshot, by: Grouping, since: date, until: date) -> Sequence[Tally]:
    after = until + timedelta(days=1)
    months = (after, after) if by == "day" else months_within(since, until, snapshot.today)
    return await snapshot.all(ADDED, by, since, *months, until)


async def at_desk(snapshot: Snapshot, since: date, until: date) -> Sequence[Tally]:
    return await snapshot.all(AT_DESK, since, until)
