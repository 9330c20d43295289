"""What is given to providers, and how far it is."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from backend.kernel import Paged, Query, Statement

State = Literal["queued", "sent", "certified", "numbered", "refused"]
Failure = Literal["unanswered", "declined", "no-provider", "number-taken", "already-numbered"]


class Handover(msgspec.Struct, frozen=True, kw_only=True):
    """A contract, or what hangs on one, on its way to the provider that certifies it.

    `refused` waits for a person: the provider said no, or there is none. What has failed on the way
    stays `queued` or `sent` and is tried again.
    """

    contract_id: UUID
    rev: int
    provider: str | None
    state: State
    failure: Failure | None
    token: str | None
    turn: int
    tries: int
    due_at: datetime
    next_try_at: datetime | None
    alarmed_hours: int


OPEN = Query(
    Handover,
    """
    insert into labour_contracts.handover (contract_id, rev, provider, state, due_at)
    values ($1, $2, $3, 'queued', $4)
        on conflict (contract_id) do update
       set rev = excluded.rev, provider = excluded.provider, state = 'queued', failure = null,
           token = null, turn = handover.turn + 1, tries = 0, due_at = excluded.due_at,
           next_try_at = null, alarmed_hours = 0
    returning contract_id, rev, provider, state, failure, token, turn, tries, due_at, next_try_at,
              alarmed_hours
    """,
)

LOCK = Query(
    Handover,
    """
    select contract_id, rev, provider, state, failure, token, turn, tries, due_at, next_try_at,
           alarmed_hours
      from labour_contracts.handover
     where contract_id = $1
       for update
    """,
)

OF = Query(
    Handover,
    """
    select contract_id, rev, provider, state, failure, token, turn, tries, due_at, next_try_at,
           alarmed_hours
      from labour_contracts.handover
     where contract_id = any($1::uuid[])
     limit 200
    """,
)

# What nobody has certified, and what was certified and cannot be numbered, the most urgent first.
LIST = Paged(
    Handover,
    """
    select contract_id, rev, provider, state, failure, token, turn, tries, due_at, next_try_at,
           alarmed_hours
      from labour_contracts.handover
     where (state in ('queued', 'sent', 'refused') or failure is not null)
       and {after}
     order by due_at, contract_id
     limit {limit}
    """,
    by=("due_at", "contract_id"),
)

MOVE = Statement(
    """
    update labour_contracts.handover
       set state = $2, failure = $3, token = $4, turn = $5, tries = $6, next_try_at = $7
     where contract_id = $1
    """
)


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """How many."""

    number: int


LATE_COUNT = Query(
    Count,
    """
    select count(*) as number
      from labour_contracts.handover
     where state in ('queued', 'sent', 'refused')
       and due_at <= $1
    """,
)


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """A contract that nobody has certified for so many hours, and whose it is."""

    contract_id: UUID
    hours: int
    employer_id: UUID
    employee_id: UUID


RAISE = Query(
    Alarm,
    """
      with late as (
               select contract_id,
                      case when due_at <= $1 then 24
                           when due_at <= $1 + interval '4 hours' then 20
                           else 12 end as hours
                 from labour_contracts.handover
                where state in ('queued', 'sent', 'refused')
                  and due_at <= $1 + interval '12 hours'
                  and alarmed_hours < case when due_at <= $1 then 24
                                           when due_at <= $1 + interval '4 hours' then 20
                                           else 12 end
                order by due_at, contract_id
                limit 200
                  for update skip locked)
    update labour_contracts.handover
       set alarmed_hours = late.hours
      from late
      join labour_contracts.contract on contract.document_id = late.contract_id
     where handover.contract_id = late.contract_id
    returning handover.contract_id, late.hours, contract.employer_id, contract.employee_id
    """,
)
