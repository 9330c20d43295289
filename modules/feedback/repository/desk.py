"""The desk's queue, and what it decides."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final, LiteralString
from uuid import UUID

import msgspec

from backend.kernel import Paged, Snapshot, Statement, Transaction
from contracts.page import Page
from contracts.territory import Agency
from modules.feedback.model.machines import ReportState, Standing
from modules.feedback.model.queues import OPEN, Queued, QueueFilter
from modules.feedback.model.reports import Report
from modules.feedback.scopes import SEALER, TRIAGE

# The page is found before anything is joined, so that no plan joins what is not shown.
_FOUND: Final[LiteralString] = """
                  select id, code, version, category_code, category_version, state, state_at,
                         received_at, commune_code, wish, claimed_by, cycle, suspect, flags
                    from feedback.report
                   where {visible}
                     and state = any ($1::text[])
                     and commune_code = any ($2::text[])
                     and ($3::text is null or category_code = $3)
                     and (concerned_agency_id is null or concerned_agency_id <> all ($4::uuid[]))
                     and ($5 or not exists (
                             select from feedback.publication
                              where publication.report_id = report.id
                                and publication.state = 'sealed'))
                     and ($6::uuid is null or claimed_by = $6)
                     and {after}
"""
_FIRST: Final[LiteralString] = """
                   order by received_at, id
                   limit {limit}
"""
# What looks like abuse comes last, as long as nobody has claimed it.
_FIRST_LIKELY: Final[LiteralString] = """
                   order by suspect, received_at, id
                   limit {limit}
"""
_LINE: Final[LiteralString] = """
    select report.id, report.code, report.version, report.category_code,
           report.category_version, report.state, report.state_at, report.received_at,
           report.commune_code, report.wish, publication.state as publication,
           assignment.agency_name, report.claimed_by,
           (select clock.due_at
              from feedback.clock
             where clock.report_id = report.id
             order by clock.cycle desc, clock.kind
             limit 1) as due_at,
           report.suspect, report.flags, report_text.original,
           (select attachment.file_id
              from feedback.attachment
             where attachment.report_id = report.id
             order by attachment.seq, attachment.position
             limit 1) as file_id
"""
_JOINED: Final[LiteralString] = """
      join feedback.publication on publication.report_id = report.id
      join feedback.report_text on report_text.report_id = report.id
      left join feedback.assignment
        on assignment.report_id = report.id and assignment.cycle = report.cycle
       and assignment.role = 'lead' and assignment.state not in ('returned', 'cancelled')
"""
_IN_ORDER: Final[LiteralString] = "order by report.received_at, report.id"
_LIKELY: Final[LiteralString] = "order by report.suspect, report.received_at, report.id"

ANY_STATE: Final = Paged(
    Queued,
    f"{_LINE} from ({_FOUND} {_FIRST}) as report {_JOINED} {_IN_ORDER}",
    by=("received_at", "id"),
    visible=TRIAGE,
)

# That these wait is said in the text: a plan that is kept knows no values, and would read whatever
# ever waited. Of many communes: whatever waits longest is soon one of theirs.
_WAITS: Final[LiteralString] = """
                     and state in ('received', 'in_review', 'needs_info', 'with_agency',
                                   'awaiting_approval', 'reopen_requested')
"""
QUEUE: Final = Paged(
    Queued,
    f"{_LINE} from ({_FOUND} {_WAITS} {_FIRST_LIKELY}) as report {_JOINED} {_LIKELY}",
    by=("suspect", "received_at", "id"),
    visible=TRIAGE,
)

# Of few: the first of each, by itself. Together, all that waits in them would be read and sorted.
QUEUE_OF_FEW: Final = Paged(
    Queued,
    f"""
    {_LINE}
      from (select found.id, found.code, found.version, found.category_code,
                   found.category_version, found.state, found.state_at, found.received_at,
                   found.commune_code, found.wish, found.claimed_by, found.cycle,
                   found.suspect, found.flags
              from unnest($2::text[]) as one (commune)
             cross join lateral (
                  {_FOUND} {_WAITS} and commune_code = one.commune {_FIRST_LIKELY}) as found
             {_FIRST_LIKELY}) as report
    {_JOINED} {_LIKELY}
    """,
    by=("suspect", "received_at", "id"),
    visible=TRIAGE,
)

_FEW: Final = 12

OFFER: Final = Statement("""
    insert into feedback.assignment (
        id, report_id, owner_agency_id, agency_name, area_code, state, state_at, offered_at,
        cycle, role, accept_by)
    values ($1, $2, $3, $4, $5, 'offered', $6, $6, $7, $8, $9)
""")

ROUTE: Final = Statement("""
    insert into feedback.routing (
        report_id, seq, on_date, subject, candidates, chosen, chosen_by)
    values ($1, $2, $3, $4, $5, $6, $7)
""")

MOVE_ASSIGNMENT: Final = Statement("""
    update feedback.assignment
       set state = $2, state_at = $3
     where id = $1
""")

CONCERN: Final = Statement("update feedback.report set concerned_agency_id = $2 where id = $1")

MOVE_PUBLICATION: Final = Statement("""
    update feedback.publication
       set state = $2, state_at = $3
     where report_id = $1
""")


async def queue(
    snapshot: Snapshot, wanted: QueueFilter, cursor: str | None, limit: int
) -> Page[Queued]:
    who = snapshot.principal
    communes = sorted(who.areas) if wanted.commune_code is None else [wanted.commune_code]
    return await snapshot.page(
        _queue_of(wanted.states, communes),
        cursor,
        limit,
        list(wanted.states),
        communes,
        wanted.category,
        sorted(who.agencies),
        SEALER in who.roles,
        who.staff_id if wanted.is_mine else None,
    )


def _queue_of(states: Collection[ReportState], communes: Collection[str]) -> Paged[Queued]:
    if any(state not in OPEN for state in states):
        return ANY_STATE
    return QUEUE_OF_FEW if len(communes) <= _FEW else QUEUE


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """Work that is given to an agency."""

    agency: Agency
    role: str
    cycle: int
    accept_by: datetime | None
    """Until when it is to accept; None for one that only helps."""


async def offer(tx: Transaction, report: Report, offer: Offer) -> UUID:
    assignment_id = tx.new_id()
    await tx.run(
        OFFER,
        assignment_id,
        report.id,
        offer.agency.id,
        offer.agency.name,
        report.commune_code,
        tx.now,
        offer.cycle,
        offer.role,
        offer.accept_by,
    )
    return assignment_id


async def route(
    tx: Transaction, report_id: UUID, seq: int, subject: str, found: Sequence[Agency], chosen: UUID
) -> None:
    candidates = [agency.id for agency in found]
    await tx.run(
        ROUTE, report_id, seq, tx.today, subject, candidates, chosen, tx.principal.staff_id
    )


async def move_assignment(tx: Transaction, assignment_id: UUID, target: Standing) -> None:
    await tx.run(MOVE_ASSIGNMENT, assignment_id, target.assignment, tx.now)


async def move_publication(tx: Transaction, report_id: UUID, target: Standing) -> None:
    await tx.run(MOVE_PUBLICATION, report_id, target.publication, tx.now)


async def concern(tx: Transaction, report_id: UUID, agency_id: UUID | None) -> None:
    await tx.run(CONCERN, report_id, agency_id)
