"""Hand-overs to systems of agencies, each moved only from where it was seen."""

from collections.abc import Sequence
from typing import Final, LiteralString
from uuid import UUID

import msgspec

from backend.kernel import Paged, Query, Snapshot, Statement, Transaction
from contracts.page import Page
from modules.feedback.model.handovers import (
    Handover,
    HandoverFilter,
    HandoverState,
)
from modules.feedback.model.reports import Report
from modules.feedback.scopes import SEALER, TRIAGE

_COLUMNS: Final[LiteralString] = """
    select handover.id, handover.report_id, handover.commune_code, handover.assignment_id,
           handover.agency_id, handover.errand, handover.recalls, handover.system, handover.state,
           handover.made_at, handover.state_at, handover.turn, handover.sends, handover.tries,
           handover.next_try_at, handover.failure, handover.token, handover.reference,
           report.code, assignment.agency_name
"""
_NAMED: Final[LiteralString] = """
      join feedback.report on report.id = handover.report_id
      join feedback.assignment on assignment.id = handover.assignment_id
"""

FIND: Final = Query(
    Handover,
    f"{_COLUMNS} from feedback.handover {_NAMED} where handover.id = $1 for update of handover",
)

OF_ASSIGNMENT: Final = Query(
    Handover,
    f"""
    {_COLUMNS}
      from feedback.handover
    {_NAMED}
     where handover.assignment_id = $1
       and handover.errand = 'work'
       and handover.state <> 'cancelled'
     order by handover.id desc
     limit 1
    """,
)

LIST: Final = Paged(
    Handover,
    f"""
    {_COLUMNS}
      from (select id, report_id, commune_code, assignment_id, agency_id, errand, recalls, system,
                   state, made_at, state_at, turn, sends, tries, next_try_at, failure, token,
                   reference
              from feedback.handover
             where {{visible}}
               and state = any ($1::text[])
               and ($2::uuid is null or report_id = $2)
               and not exists (
                   select from feedback.report
                    where report.id = handover.report_id
                      and report.concerned_agency_id = any ($3::uuid[]))
               and ($4 or not exists (
                   select from feedback.publication
                    where publication.report_id = handover.report_id
                      and publication.state = 'sealed'))
               and {{after}}
             order by id
             limit {{limit}}) as handover
    {_NAMED}
     order by handover.id
    """,
    by=("id",),
    visible=TRIAGE,
)

ADD: Final = Statement("""
    insert into feedback.handover (
        id, report_id, commune_code, assignment_id, agency_id, errand, recalls, system, state,
        made_at, state_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, 'queued', $9, $9)
""")

MOVE: Final = Statement("""
    update feedback.handover
       set state = $3, state_at = $4, sends = $5, tries = $6, next_try_at = $7, failure = $8,
           token = $9, reference = $10, turn = $11
     where id = $1 and state = $2
""")


class Owner(msgspec.Struct, frozen=True, kw_only=True):
    """A report that a number of a system belongs to."""

    report_id: UUID


OWNER: Final = Query(
    Owner,
    """
    select report_id
      from feedback.handover
     where system = $1 and reference = $2
     limit 1
    """,
)


class Queued(msgspec.Struct, frozen=True, kw_only=True):
    """Work that is to go to a system, or a recall of it."""

    assignment_id: UUID
    agency_id: UUID
    system: str
    recalls: UUID | None = None


async def add(tx: Transaction, report: Report, queued: Queued) -> UUID:
    """Note that something is to go to a system; return under which id."""
    handover_id = tx.new_id()
    await tx.run(
        ADD,
        handover_id,
        report.id,
        report.commune_code,
        queued.assignment_id,
        queued.agency_id,
        "work" if queued.recalls is None else "recall",
        queued.recalls,
        queued.system,
        tx.now,
    )
    return handover_id


async def find(tx: Transaction, handover_id: UUID) -> Handover | None:
    """Return a hand-over, which nobody else moves until this transaction ends."""
    return await tx.maybe(FIND, handover_id)


async def of_assignment(tx: Transaction, assignment_id: UUID) -> Handover | None:
    """Return how the work of an assignment went to its agency's system, if it was to."""
    return await tx.maybe(OF_ASSIGNMENT, assignment_id)


async def listed(
    snapshot: Snapshot, wanted: HandoverFilter, cursor: str | None, limit: int
) -> Page[Handover]:
    who = snapshot.principal
    states = list(wanted.states)
    concerned, may_unseal = sorted(who.agencies), SEALER in who.roles
    return await snapshot.page(LIST, cursor, limit, states, wanted.report_id, concerned, may_unseal)


async def move(tx: Transaction, seen: HandoverState, moved: Handover) -> bool:
    """Move a hand-over from where it was seen. False: somebody else has moved it since."""
    return bool(
        await tx.run(
            MOVE,
            moved.id,
            seen,
            moved.state,
            tx.now,
            moved.sends,
            moved.tries,
            moved.next_try_at,
            moved.failure,
            moved.token,
            moved.reference,
            moved.turn,
        )
    )


async def is_anothers(tx: Transaction, system: str, reference: str, report_id: UUID) -> bool:
    """Tell whether a system has given this number to another report."""
    found: Sequence[Owner] = await tx.all(OWNER, system, reference)
    return any(owner.report_id != report_id for owner in found)
