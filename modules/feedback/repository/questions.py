"""Questions that wait for an answer."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from backend.kernel import Query, Snapshot, Statement, Transaction
from modules.feedback.model.reports import Report
from modules.feedback.model.views import InquiryCard

WAIT: Final = Statement("update feedback.report set answer_due_at = $2 where id = $1")


class Unanswered(msgspec.Struct, frozen=True, kw_only=True):
    """A report whose reporter did not answer in time."""

    id: UUID


UNANSWERED: Final = Query(
    Unanswered,
    """
    select id
      from feedback.report
     where state = 'needs_info' and answer_due_at <= $1
     order by answer_due_at, id
     limit 100
       for update skip locked
    """,
)


PROPOSE: Final = Statement("""
    insert into feedback.inquiry (id, report_id, cycle, text, asked_at)
    select $1, $2, $3, $4, $5
     where (select count(*)
              from feedback.inquiry
             where report_id = $2 and cycle = $3) < $6
""")

PROPOSED: Final = Query(
    InquiryCard,
    """
    select inquiry.id, inquiry.text, inquiry.asked_at
      from feedback.inquiry
      join feedback.report on report.id = inquiry.report_id and report.cycle = inquiry.cycle
     where inquiry.report_id = $1 and inquiry.passed_at is null
     order by inquiry.asked_at, inquiry.id
     limit 10
    """,
)

PASS: Final = Statement("""
    update feedback.inquiry
       set passed_at = $3
     where id = $1 and report_id = $2 and passed_at is null
""")


async def wait(tx: Transaction, report_id: UUID, until: datetime) -> None:
    await tx.run(WAIT, report_id, until)


async def unanswered(tx: Transaction) -> Sequence[Unanswered]:
    """Return reports that have waited long enough, at most 100, locked for us."""
    return await tx.all(UNANSWERED, tx.now)


async def propose(tx: Transaction, report: Report, text: str, *, most: int) -> bool:
    """Keep what an agency would have asked. False: it proposed as often as it may in a cycle."""
    return bool(await tx.run(PROPOSE, tx.new_id(), report.id, report.cycle, text, tx.now, most))


async def proposed(snapshot: Snapshot, report_id: UUID) -> Sequence[InquiryCard]:
    """Return what agencies would have asked and the desk has not passed on."""
    return await snapshot.all(PROPOSED, report_id)


async def passed(tx: Transaction, inquiry_id: UUID, report_id: UUID) -> bool:
    """Note that the desk asked it. False: there is no such proposal that waits."""
    return bool(await tx.run(PASS, inquiry_id, report_id, tx.now))
