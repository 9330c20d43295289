"""Questions that wait for an answer."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from backend.kernel import Query, Statement, Transaction

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


async def wait(tx: Transaction, report_id: UUID, until: datetime) -> None:
    await tx.run(WAIT, report_id, until)


async def unanswered(tx: Transaction) -> Sequence[Unanswered]:
    """Return reports that have waited long enough, at most 100, locked for us."""
    return await tx.all(UNANSWERED, tx.now)
