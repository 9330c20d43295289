"""What somebody holds and does nothing about."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec

from backend.kernel import Query, Transaction


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A report that somebody took in hand."""

    id: UUID


IDLE: Final = Query(
    Held,
    """
    select id
      from feedback.report
     where state = 'in_review' and claimed_until <= $1
     order by claimed_until, id
     limit 100
       for update skip locked
    """,
)


class Unaccepted(msgspec.Struct, frozen=True, kw_only=True):
    """Work that nobody has said yes to."""

    id: UUID
    report_id: UUID
    owner_agency_id: UUID
    area_code: str


UNACCEPTED: Final = Query(
    Unaccepted,
    """
      with late as (
           select id
             from feedback.assignment
            where state = 'offered' and accept_by <= $1
            order by accept_by, id
            limit 100
              for update skip locked
      )
    update feedback.assignment
       set accept_by = null
      from late
     where assignment.id = late.id
    returning assignment.id, assignment.report_id, assignment.owner_agency_id,
              assignment.area_code
    """,
)


async def idle(tx: Transaction) -> Sequence[UUID]:
    """Return reports whose claim has run out, at most 100, locked for us."""
    return [held.id for held in await tx.all(IDLE, tx.now)]


async def unaccepted(tx: Transaction) -> Sequence[Unaccepted]:
    """Return work that should have been accepted by now, at most 100, each once."""
    return await tx.all(UNACCEPTED, tx.now)
