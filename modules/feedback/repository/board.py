"""The board of deadlines, read at once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from backend.kernel import Query, Snapshot
from modules.feedback.model.board import Running
from modules.feedback.scopes import SEALER, TRIAGE

# The lanes are counted over what is open, which is some thousands even when millions are over.
RUNNING: Final = Query(
    Running,
    """
      with running as (
           select case when clock.paused_at is not null then 'paused'
                       when clock.due_at < $1 then 'late'
                       when clock.due_at <= $2 then 'today'
                       when clock.due_at <= $3 then 'soon'
                       else 'later' end as lane,
                  report.id, report.code, report.category_code, report.category_version,
                  report.state, report.commune_code, report.claimed_by, report.cycle, clock.kind,
                  clock.original_due_at, clock.due_at, clock.provisional, clock.level
             from feedback.clock
             join feedback.report
               on report.id = clock.report_id and report.cycle = clock.cycle
            where {visible}
              and clock.stopped_at is null
              and ($4::text is null or report.commune_code = $4)
              and ($5::text is null or report.category_code = $5)
              and (report.concerned_agency_id is null
                   or report.concerned_agency_id <> all ($6::uuid[]))
              and ($7 or not exists (
                      select from feedback.publication
                       where publication.report_id = report.id
                         and publication.state = 'sealed'))
      ), placed as (
           select lane, id, code, category_code, category_version, state, commune_code,
                  claimed_by, cycle, kind, original_due_at, due_at, provisional, level,
                  count(*) over (partition by lane)::integer as in_lane,
                  row_number() over (partition by lane order by due_at, id) as place
             from running
      )
    select placed.lane, placed.in_lane, placed.id, placed.code, placed.category_code,
           placed.category_version, placed.state, placed.commune_code, assignment.agency_name,
           placed.claimed_by, placed.kind, placed.original_due_at, placed.due_at,
           placed.provisional, placed.level
      from placed
      left join feedback.assignment
        on assignment.report_id = placed.id and assignment.cycle = placed.cycle
       and assignment.role = 'lead' and assignment.state not in ('returned', 'cancelled')
     where placed.place <= $8
     order by placed.lane, placed.place
     limit 500
    """,
    visible=TRIAGE,
)


async def running(
    snapshot: Snapshot,
    today_ends: datetime,
    soon_ends: datetime,
    *,
    commune: str | None,
    category: str | None,
    of_each: int,
) -> Sequence[Running]:
    """Return the first of each lane, the earliest deadline first."""
    who = snapshot.principal
    return await snapshot.all(
        RUNNING,
        snapshot.now,
        today_ends,
        soon_ends,
        commune,
        category,
        sorted(who.agencies),
        SEALER in who.roles,
        of_each,
    )
