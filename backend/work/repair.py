"""What people do by hand when work went wrong: look, try again, let go, tell once more."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from backend.kernel import Query, Statement, Subscription
from backend.work.claim import finish
from backend.work.perform import Workshop

_AT_ONCE: Final = 1000


class Buried(msgspec.Struct, frozen=True, kw_only=True):
    """Work that was given up. It holds back later work on its subject, for its name alone."""

    id: int
    name: str
    subject: str | None
    event_id: UUID | None
    trace: str
    attempts: int
    crashes: int
    due_at: datetime
    error: str | None


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """An event that was told again."""

    event_id: UUID


class UnknownSubscriber(LookupError):
    """No installed module has a subscription of this name."""


BURIED: Final = Query(
    Buried,
    """
    select id, name, subject, event_id, trace, attempts, crashes, due_at, error
      from kernel.work
     where state = 'buried'
       and ($1::text is null or name = $1)
       and id > $2
     order by id
     limit $3
    """,
)

# The row stays as it is until the transaction ends, so that only one person decides on it.
DECIDE: Final = Query(
    Buried,
    """
    select id, name, subject, event_id, trace, attempts, crashes, due_at, error
      from kernel.work
     where state = 'buried'
       and id = $1
       for update
    """,
)

RETRY: Final = Statement(
    """
    update kernel.work
       set state = 'waiting',
           attempts = 0,
           crashes = 0,
           due_at = $2
     where state = 'buried'
       and id = any($1::bigint[])
    """
)

REPLAY: Final = Query(
    Replayed,
    """
    insert into kernel.work (name, subject, event_id, payload, trace, due_at)
    select $1, subject, id, payload, trace, $4
      from kernel.event
     where type = $2
       and id > $3
       and published_at < $4
     order by id
     limit $5
    returning event_id
    """,
)


async def buried(
    shop: Workshop, *, name: str | None = None, after: int = 0, limit: int = 100
) -> Sequence[Buried]:
    """Return work that was given up, oldest first, from the id `after` on."""
    async with shop.statements() as tx:
        return await tx.all(BURIED, name, after, limit)


async def retry(shop: Workshop, ids: Sequence[int]) -> int:
    """Let buried work be tried again as if it were new; return how many pieces that were."""
    async with shop.statements() as tx:
        return await tx.run(RETRY, list(ids), tx.now)


async def discard(shop: Workshop, ids: Sequence[int]) -> int:
    """Let go of buried work for good, and let what stands behind it pass; return how many."""
    return sum([await _let_go(shop, work_id) for work_id in ids])


async def _let_go(shop: Workshop, work_id: int) -> bool:
    async with shop.transaction() as tx:
        decided = await tx.maybe(DECIDE, work_id)
        if decided is None:
            return False
        await finish(tx, work_id, decided.subject, error=f"discarded: {decided.error}")
        return True


async def replay(shop: Workshop, subscriber: str, *, since: datetime) -> int:
    """Deliver every event since then to one subscriber once more; return how many.

    For a subscriber that is new, or whose mistake has been corrected. Reactions are repeatable,
    so those it has seen do no harm. Raises `UnknownSubscriber`.
    """
    duty = shop.duties.get(subscriber)
    if not isinstance(duty, Subscription):
        raise UnknownSubscriber(subscriber)
    tag = duty.event.__struct_config__.tag
    # Events' ids begin with their moment, so this one comes before all that we want.
    last = UUID(int=int(since.timestamp() * 1000) << 80)
    replayed, until = 0, shop.clock()
    while True:
        async with shop.statements() as tx:
            rows = await tx.all(REPLAY, subscriber, tag, last, until, _AT_ONCE)
        replayed += len(rows)
        if len(rows) < _AT_ONCE:
            return replayed
        last = max(row.event_id for row in rows)
