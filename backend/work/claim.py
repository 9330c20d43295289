"""Every statement that moves a piece of work from one state to the next.

A lane is the rows of one (name, subject). Its head is the first that is neither done nor held,
and only a head may be claimed. Three things keep that true while many processes work at once:

* Who runs a row locks it `for no key update`; who sets a follower aside behind it locks it
  `for key share`, which the run does not notice; who finishes it first locks it `for update`,
  which waits for the others. So a finished head has seen every row that is held behind it.
* Who finishes a row calls up the first held one in the same transaction.
* A claim reads a window of each name's oldest rows and no more, whatever waits behind it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, LiteralString

import msgspec

from backend.kernel import Query, Statement, Transaction

LEASE: Final = timedelta(seconds=5)
"""How long a claim holds before its run has locked the row."""

CRASHES_MAX: Final = 12
"""So many deaths of the whole process bury what was running in it each time."""

_ASIDE_AT_ONCE: Final = 100

# Each name has its own window, so a flood of one cannot hide the others. `xmin` is the version of
# a row: whoever locks one later asks whether it is still the row that was judged here. Asking for
# its state instead would let a planner with old statistics read a whole index of waiting rows.
_FRONT: Final[LiteralString] = """
    with front as materialized (
        select waiting.*, trade.lease,
               row_number() over (partition by trade.name
                                      order by waiting.due_at, waiting.id) as place
          from unnest($1::text[], $2::interval[]) as trade (name, lease)
         cross join lateral (
               select id, xmin as version, name, subject, due_at
                 from kernel.work
                where name = trade.name
                  and state = 'waiting'
                  and due_at <= $3::timestamptz
                order by due_at, id
                limit greatest(20, 2 * $4::integer)) as waiting
    ), lane as materialized (
        select front.*, head.id as head, head.version as head_version
          from front
          left join lateral (
               select id, xmin as version
                 from kernel.work
                where name = front.name
                  and subject = front.subject
                  and state in ('waiting', 'running', 'buried')
                order by id
                limit 1) as head on true
    )
"""


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of work that is ours until `leased_until`, a moment no two claims of it share."""

    id: int
    name: str
    subject: str | None
    payload: Any
    trace: str
    attempts: int
    leased_until: datetime


CLAIM: Final = Query(
    Claimed,
    f"""{_FRONT}
    , ready as materialized (
        select work.id, lane.lease
          from lane
          join kernel.work on work.id = lane.id and work.xmin = lane.version
         where coalesce(lane.head, lane.id) = lane.id
         order by lane.place, lane.due_at, lane.id
         limit $4
           for update of work skip locked
    )
    update kernel.work
       set state = 'running',
           leased_until = $3 + ready.lease
      from ready
     where work.id = ready.id
    returning work.id, work.name, work.subject, work.payload, work.trace, work.attempts,
              work.leased_until
    """,
)

SET_ASIDE: Final = Statement(
    f"""{_FRONT}
    , behind as materialized (
        select lane.id, lane.version
          from lane
          join kernel.work on work.id = lane.head and work.xmin = lane.head_version
         where lane.head < lane.id
           for key share of work skip locked
    ), follower as materialized (
        select work.id
          from behind
          join kernel.work on work.id = behind.id and work.xmin = behind.version
           for update of work skip locked
    )
    update kernel.work
       set state = 'held'
      from follower
     where work.id = follower.id
    """
)

# A lease that ran out, on a row that nobody has locked: its process is dead. The second time
# round those that died together come back at different moments, so that the one who kills its
# process soon does it alone.
RECLAIM: Final = Statement(
    """
    with abandoned as materialized (
        select id
          from kernel.work
         where state = 'running'
           and leased_until <= $1
         order by leased_until
         limit 100
           for update skip locked
    )
    update kernel.work
       set state = case when crashes + 1 >= $2 then 'buried' else 'waiting' end,
           crashes = crashes + 1,
           due_at = $1 + case crashes
               when 0 then interval '0'
               else least(power(2, crashes + 1), 600) * (0.5 + random()) * interval '1 second'
           end,
           error = 'its process died',
           leased_until = null
      from abandoned
     where work.id = abandoned.id
    """
)

# The row stays locked until the run has committed, however long it takes; the lease only covers
# the gap. Plain, not `skip locked`: a claim that passes by locks it too, for a moment.
BEGIN: Final = Statement(
    """
    select set_config('tinhs.kind', 'job', true)
      from kernel.work
     where id = $1
       and leased_until = $2
       for no key update
    """
)

ENTER: Final = Statement("select set_config('tinhs.kind', 'job', true)")

FINISHING: Final = Statement("select id from kernel.work where id = $1 for update")

FINISH: Final = Statement(
    """
    with finished as (
        update kernel.work
           set state = 'done',
               finished_at = $2,
               leased_until = null,
               error = $3
         where id = $1
        returning name, subject
    )
    update kernel.work
       set state = 'waiting'
     where state = 'held'
       and id = (select held.id
                   from kernel.work as held
                   join finished on finished.name = held.name
                                and finished.subject = held.subject
                  where held.state = 'held'
                  order by held.id
                  limit 1)
    """
)

POSTPONE: Final = Statement(
    """
    update kernel.work
       set state = $3,
           attempts = $4,
           due_at = $5,
           error = $6,
           leased_until = null
     where id = $1
       and leased_until = $2
    """
)

GIVE_BACK: Final = Statement(
    """
    update kernel.work
       set state = 'waiting',
           leased_until = null
     where id = $1
       and leased_until = $2
    """
)


async def claim(tx: Transaction, trades: Mapping[str, timedelta], most: int) -> Sequence[Claimed]:
    """Take up to `most` pieces that are due, each for the lease of its name.

    `tx` is a connection outside a transaction: the claim is kept before the work begins.
    """
    claimed = await tx.all(CLAIM, list(trades), list(trades.values()), tx.now, most)
    while not claimed and await set_aside(tx, trades):
        claimed = await tx.all(CLAIM, list(trades), list(trades.values()), tx.now, most)
    return claimed


async def set_aside(tx: Transaction, trades: Mapping[str, timedelta]) -> int:
    """Move rows that stand behind another out of the way of claims; return how many."""
    return await tx.run(SET_ASIDE, list(trades), list(trades.values()), tx.now, _ASIDE_AT_ONCE)


async def reclaim(tx: Transaction) -> int:
    """Let go of what dead processes had claimed; return how many pieces that were."""
    return await tx.run(RECLAIM, tx.now, CRASHES_MAX)


async def finish(
    tx: Transaction, work_id: int, subject: str | None, *, error: str | None = None
) -> None:
    """Note inside the work's own transaction that it is done, and call up who stands behind."""
    if subject is not None:
        await tx.run(FINISHING, work_id)
    await tx.run(FINISH, work_id, tx.now, error)
