"""What the house does for its own work: forget what is old, and count what waits."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from backend.kernel import Job, Query, Statement, Transaction

EVENTS_KEPT: Final = timedelta(days=400)
DONE_KEPT: Final = timedelta(days=14)
ANSWERS_KEPT: Final = timedelta(hours=48)

# Batches of this size at this pace forget 2.9 million rows a day, twice the worst day we plan for.
_AT_ONCE: Final = 10_000
_OFTEN: Final = timedelta(minutes=5)

# An event's id begins with its moment, so the primary key finds the old ones.
FORGET_EVENTS: Final = Statement(
    """
    delete from kernel.event
     where id in (select id
                    from kernel.event
                   where id < $1
                   order by id
                   limit $2)
    """
)

FORGET_DONE: Final = Statement(
    """
    delete from kernel.work
     where id in (select id
                    from kernel.work
                   where state = 'done'
                     and finished_at < $1
                   order by finished_at
                   limit $2)
    """
)

FORGET_ANSWERS: Final = Statement(
    """
    delete from kernel.idempotency
     where digest in (select digest
                        from kernel.idempotency
                       where created_at < $1
                       order by created_at
                       limit $2)
    """
)

# No index leads to the old ones: it would cost each call more than a look at the table costs here.
FORGET_RATES: Final = Statement(
    """
    delete from kernel.rate
     where key in (select key
                     from kernel.rate
                    where owed_until < $1
                    limit $2)
    """
)


class Backlog(msgspec.Struct, frozen=True, kw_only=True):
    """What is unfinished under one name. `oldest_due_at` is when the oldest should have begun."""

    name: str
    waiting: int
    held: int
    running: int
    buried: int
    oldest_due_at: datetime | None

    def age(self, now: datetime) -> timedelta:
        """Return how late the oldest due piece is; zero when none is."""
        return timedelta(0) if self.oldest_due_at is None else now - self.oldest_due_at


# State by state, so that each part is read from its own small index.
BACKLOG: Final = Query(
    Backlog,
    """
    select name,
           count(*) filter (where state = 'waiting') as waiting,
           count(*) filter (where state = 'held') as held,
           count(*) filter (where state = 'running') as running,
           count(*) filter (where state = 'buried') as buried,
           min(due_at) filter (where state = 'waiting' and due_at <= $1) as oldest_due_at
      from (select name, state, due_at from kernel.work where state = 'waiting'
             union all
            select name, state, due_at from kernel.work where state = 'held'
             union all
            select name, state, due_at from kernel.work where state = 'running'
             union all
            select name, state, due_at from kernel.work where state = 'buried') as unfinished
     group by name
     order by name
    """,
)


async def backlog(tx: Transaction) -> Sequence[Backlog]:
    """Count what is unfinished, name by name. It names kinds of work and nobody's data."""
    return await tx.all(BACKLOG, tx.now)


async def _forget_events(tx: Transaction) -> None:
    oldest = tx.now - EVENTS_KEPT
    await tx.run(FORGET_EVENTS, UUID(int=int(oldest.timestamp() * 1000) << 80), _AT_ONCE)


async def _forget_done(tx: Transaction) -> None:
    await tx.run(FORGET_DONE, tx.now - DONE_KEPT, _AT_ONCE)


async def _forget_answers(tx: Transaction) -> None:
    await tx.run(FORGET_ANSWERS, tx.now - ANSWERS_KEPT, _AT_ONCE)


async def _forget_rates(tx: Transaction) -> None:
    await tx.run(FORGET_RATES, tx.now, _AT_ONCE)


JOBS: Final = (
    Job(name="work.forget-events", run=_forget_events, every=_OFTEN),
    Job(name="work.forget-done", run=_forget_done, every=_OFTEN),
    Job(name="work.forget-answers", run=_forget_answers, every=_OFTEN),
    Job(name="work.forget-rates", run=_forget_rates, every=_OFTEN),
)
"""The house's own jobs. Answers are those kept under an `Idempotency-Key`; rates are what callers
have used of their allowances, of those who owe nothing any more."""
