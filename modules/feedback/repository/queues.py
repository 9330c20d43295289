"""How much waits for the desk, and the views that officers keep of it."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from backend.kernel import Query, Snapshot, Statement, Transaction
from modules.feedback.model.moderation import Count, FilterDraft, SavedFilter
from modules.feedback.scopes import TRIAGE

# Counting stops at 1,000: nobody reads the difference, and a storm makes it long. That a report
# waits at all is said beside its state, which lets an index of those that wait find it.
COUNTS: Final = Query(
    Count,
    """
    select wanted.name,
           (select count(*)
              from (select
                      from feedback.report
                     where {visible}
                       and report.state = wanted.name
                       and report.state in ('received', 'in_review', 'needs_info', 'with_agency',
                                            'awaiting_approval', 'reopen_requested')
                     limit 1000) as few)::integer as n
      from unnest(array['received', 'in_review', 'needs_info', 'with_agency',
                        'awaiting_approval', 'reopen_requested']) as wanted (name)
     union all
    select 'mine',
           (select count(*)
              from (select
                      from feedback.report
                     where {visible} and state = 'in_review' and claimed_by = $1
                     limit 1000) as few)::integer
     union all
    select 'overdue',
           (select count(*)
              from (select
                      from feedback.clock
                      join feedback.report on report.id = clock.report_id
                     where {visible}
                       and clock.next_check_at is not null and clock.level >= 2
                     limit 1000) as few)::integer
     union all
    select 'extensions',
           (select count(*)
              from (select
                      from feedback.extension
                      join feedback.report on report.id = extension.report_id
                     where {visible} and extension.granted is null
                     limit 1000) as few)::integer
    """,
    visible=TRIAGE,
)

FILTERS: Final = Query(
    SavedFilter,
    """
    select id, name, query, is_shared, staff_id = $1 as is_own
      from feedback.saved_filter
     where staff_id = $1 or is_shared and agency_id = any ($2::uuid[])
     order by name, id
     limit 200
    """,
)

ADD_FILTER: Final = Statement("""
    insert into feedback.saved_filter (id, staff_id, agency_id, name, query, is_shared, at)
    values ($1, $2, $3, $4, $5, $6, $7)
""")

DROP_FILTER: Final = Statement("delete from feedback.saved_filter where id = $1 and staff_id = $2")


async def counts(snapshot: Snapshot) -> Sequence[Count]:
    return await snapshot.all(COUNTS, snapshot.principal.staff_id)


async def filters(snapshot: Snapshot) -> Sequence[SavedFilter]:
    who = snapshot.principal
    return await snapshot.all(FILTERS, who.staff_id, sorted(who.agencies))


async def add_filter(tx: Transaction, draft: FilterDraft) -> SavedFilter:
    who, filter_id = tx.principal, tx.new_id()
    agency_id = who.agency_id
    values = filter_id, who.staff_id, agency_id, draft.name, draft.query, draft.is_shared, tx.now
    await tx.run(ADD_FILTER, *values)
    return SavedFilter(
        id=filter_id,
        name=draft.name,
        query=draft.query,
        is_shared=draft.is_shared,
        is_own=True,
    )


async def drop_filter(tx: Transaction, filter_id: UUID) -> bool:
    return bool(await tx.run(DROP_FILTER, filter_id, tx.principal.staff_id))
