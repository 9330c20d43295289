"""What reporters think of how it went, and thought before."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from backend.kernel import Query, Snapshot, Statement, Transaction
from modules.feedback.model.machines import RatingState
from modules.feedback.model.views import RatingCard

MOVE: Final = Statement("""
    insert into feedback.rating (report_id, cycle, state)
    values ($1, $2, $3)
        on conflict (report_id, cycle) do update
       set state = excluded.state
""")

# The row is there: it was opened when the report ended.
GIVE: Final = Statement("""
      with before as (
           insert into feedback.rating_past (report_id, cycle, seq, value, reasons, given_at)
           select report_id, cycle,
                  (select count(*) + 1
                     from feedback.rating_past as past
                    where past.report_id = rating.report_id and past.cycle = rating.cycle),
                  value, reasons, given_at
             from feedback.rating
            where report_id = $1 and cycle = $2 and value is not null
      )
    update feedback.rating
       set state = 'given', value = $3, reasons = $4, given_at = $5
     where report_id = $1 and cycle = $2
""")

OF: Final = Query(
    RatingCard,
    """
    select cycle, state, value, reasons, given_at
      from feedback.rating
     where report_id = $1
     order by cycle
     limit 10
    """,
)


async def move(tx: Transaction, report_id: UUID, cycle: int, state: RatingState) -> None:
    """Open or lock the rating of a cycle. What was given is given by `give`."""
    if state is not RatingState.GIVEN:
        await tx.run(MOVE, report_id, cycle, state)


async def give(
    tx: Transaction, report_id: UUID, cycle: int, value: int, reasons: Sequence[str]
) -> None:
    """Keep an opinion in place of the one before, which is kept beside."""
    await tx.run(GIVE, report_id, cycle, value, reasons, tx.now)


async def of(snapshot: Snapshot, report_id: UUID) -> Sequence[RatingCard]:
    return await snapshot.all(OF, report_id)
