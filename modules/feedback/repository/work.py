"""What an agency has to do, and what it has done."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final, Literal, LiteralString
from uuid import UUID

import msgspec

from backend.kernel import Paged, Query, Snapshot, Statement, Transaction
from contracts.page import Page
from modules.feedback.model.machines import AssignmentState
from modules.feedback.model.queues import LIVE, Offered
from modules.feedback.model.requests import Transfer
from modules.feedback.scopes import WORK


class Since(msgspec.Struct, frozen=True, kw_only=True):
    """When an agency was given its work."""

    offered_at: datetime


class Handled(msgspec.Struct, frozen=True, kw_only=True):
    """A report that an officer deals with."""

    report_id: UUID


_LINE: Final[LiteralString] = """
    select report.id as report_id, report.code, report.version, report.category_code,
           report.category_version, report.state, assignment.state as assignment,
           assignment.offered_at, assignment.planned_for,
           (select clock.due_at
              from feedback.clock
             where clock.report_id = report.id
             order by clock.cycle desc, clock.kind
             limit 1) as due_at,
           report.commune_code,
           report_text.original,
           array(select array[own_word.first, own_word.last]
                   from feedback.own_word
                  where own_word.report_id = report.id and own_word.about = '1'
                  order by own_word.first) as own_words,
           (select attachment.file_id
              from feedback.attachment
             where attachment.report_id = report.id
             order by attachment.seq, attachment.position
             limit 1) as file_id
"""

# Of each agency by itself, the oldest first: its own, and the few whose affairs it took over.
_FOUND: Final[LiteralString] = """
      from (select found.report_id as id, found.state, found.offered_at, found.planned_for
              from unnest($2::uuid[]) as one (agency_id)
             cross join lateral (
                  select report_id, state, offered_at, planned_for
                    from feedback.assignment
                   where {visible}
                     and owner_agency_id = one.agency_id
                     and state = any ($1::text[])
                     and {after}
"""
_JOINED: Final[LiteralString] = """
                   order by offered_at, report_id
                   limit {limit}) as found
             order by found.offered_at, found.report_id
             limit {limit}) as assignment
      join feedback.report on report.id = assignment.id
      join feedback.report_text on report_text.report_id = report.id
     order by assignment.offered_at, assignment.id
"""

OFFERED: Final = Paged(
    Offered,
    f"{_LINE} {_FOUND} {_JOINED}",
    by=("offered_at", "report_id"),
    visible=WORK,
)

# What is still to be done is found without what was done, also by a plan that knows no values.
TO_DO: Final = Paged(
    Offered,
    f"""
    {_LINE} {_FOUND}
                     and state in ('offered', 'accepted', 'working')
    {_JOINED}
    """,
    by=("offered_at", "report_id"),
    visible=WORK,
)

OFFERED_AT: Final = Query(Since, "select offered_at from feedback.assignment where id = $1")

PLAN: Final = Statement("""
    update feedback.assignment
       set planned_for = $2
     where id = $1
""")

HAND_TO: Final = Statement("""
    update feedback.assignment
       set handler_id = $2
     where id = $1
""")

TRANSFER: Final = Statement("""
    update feedback.assignment
       set transferred_to = $2, transfer_reference = $3, transferred_until = $4
     where id = $1
""")

MOVE: Final = Statement("""
    update feedback.assignment
       set state = $2, state_at = $3
     where id = $1
""")

CANCEL_COORDINATORS: Final = Statement("""
    update feedback.assignment
       set state = 'cancelled', state_at = $2
     where report_id = $1 and role = 'coordinate' and state = 'offered'
""")

HANDLED: Final = Query(
    Handled,
    """
    select report_id
      from feedback.assignment
     where {visible}
       and handler_id = $1
       and role = 'lead'
       and state in ('offered', 'accepted', 'working')
     order by offered_at, report_id
     limit $2
    """,
    visible=WORK,
)

Role = Literal["lead", "coordinate"]


class Coordinator(msgspec.Struct, frozen=True, kw_only=True):
    """An agency that helps the one that leads."""

    id: UUID
    owner_agency_id: UUID
    agency_name: str
    area_code: str
    state: AssignmentState


COORDINATORS: Final = Query(
    Coordinator,
    """
    select assignment.id, assignment.owner_agency_id, assignment.agency_name,
           assignment.area_code, assignment.state
      from feedback.assignment
      join feedback.report
        on report.id = assignment.report_id and report.cycle = assignment.cycle
     where assignment.report_id = $1
       and assignment.role = 'coordinate'
       and assignment.state not in ('returned', 'cancelled')
     order by assignment.id
     limit 10
    """,
)

FINISH: Final = Statement("""
    update feedback.assignment
       set result_seq = $2
     where id = $1
""")


async def offered(
    snapshot: Snapshot, states: Sequence[str], cursor: str | None, limit: int
) -> Page[Offered]:
    query = TO_DO if all(state in LIVE for state in states) else OFFERED
    agencies = sorted(snapshot.principal.agencies)
    return await snapshot.page(query, cursor, limit, states, agencies)


async def handled(snapshot: Snapshot, staff_id: UUID, limit: int) -> Sequence[UUID]:
    """Return the open work of an officer, the oldest first."""
    return [each.report_id for each in await snapshot.all(HANDLED, staff_id, limit)]


async def offered_at(snapshot: Snapshot, assignment_id: UUID) -> datetime:
    """Return when an agency was given its work."""
    return (await snapshot.one(OFFERED_AT, assignment_id)).offered_at


async def plan(tx: Transaction, assignment_id: UUID, planned_for: date) -> None:
    await tx.run(PLAN, assignment_id, planned_for)


async def finish(tx: Transaction, assignment_id: UUID, result_seq: int) -> None:
    await tx.run(FINISH, assignment_id, result_seq)


async def coordinators(snapshot: Snapshot, report_id: UUID) -> Sequence[Coordinator]:
    """Return the agencies that help in this cycle, whether they have done their part or not."""
    return await snapshot.all(COORDINATORS, report_id)


async def hand_to(tx: Transaction, assignment_id: UUID, staff_id: UUID) -> None:
    await tx.run(HAND_TO, assignment_id, staff_id)


async def transfer(tx: Transaction, assignment_id: UUID, to: Transfer) -> None:
    await tx.run(TRANSFER, assignment_id, to.to, to.reference, to.until)


async def move(tx: Transaction, assignment_id: UUID, state: AssignmentState) -> None:
    await tx.run(MOVE, assignment_id, state, tx.now)


async def cancel_coordinators(tx: Transaction, report_id: UUID) -> None:
    """Let nobody help any more with what has no lead."""
    await tx.run(CANCEL_COORDINATORS, report_id, tx.now)
