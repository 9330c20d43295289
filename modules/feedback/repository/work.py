"""What an agency has to do, and what it has done."""

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from backend.kernel import Paged, Snapshot, Statement, Transaction
from contracts.page import Page
from modules.feedback.model.queues import Offered
from modules.feedback.scopes import WORK

OFFERED: Final = Paged(
    Offered,
    """
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
           (select attachment.file_id
              from feedback.attachment
             where attachment.report_id = report.id
             order by attachment.seq, attachment.position
             limit 1) as file_id
      from (select report_id as id, state, offered_at, planned_for
              from feedback.assignment
             where {visible}
               and state = any ($1::text[])
               and {after}
             order by offered_at, report_id
             limit {limit}) as assignment
      join feedback.report on report.id = assignment.id
      join feedback.report_text on report_text.report_id = report.id
     order by assignment.offered_at, assignment.id
    """,
    by=("offered_at", "report_id"),
    visible=WORK,
)

PLAN: Final = Statement("""
    update feedback.assignment
       set planned_for = $2
     where id = $1
""")

FINISH: Final = Statement("""
    update feedback.assignment
       set result_seq = $2
     where id = $1
""")


async def offered(
    snapshot: Snapshot, states: Sequence[str], cursor: str | None, limit: int
) -> Page[Offered]:
    return await snapshot.page(OFFERED, cursor, limit, states)


async def plan(tx: Transaction, assignment_id: UUID, planned_for: date) -> None:
    await tx.run(PLAN, assignment_id, planned_for)


async def finish(tx: Transaction, assignment_id: UUID, result_seq: int) -> None:
    await tx.run(FINISH, assignment_id, result_seq)
