"""What happens to people, as it is kept."""

from collections.abc import Sequence

import msgspec

from backend.kernel import Query, Snapshot, Statement, Transaction
from modules.public_services.model.life_events import LifeEvent

LIST = Query(
    LifeEvent,
    """
    select slug, title, audience, fact, steps
      from public_services.life_event
     order by position, slug
     limit 200
    """,
)

FIND = Query(
    LifeEvent,
    """
    select slug, title, audience, fact, steps
      from public_services.life_event
     where slug = $1
    """,
)

PUT = Statement(
    """
    insert into public_services.life_event (slug, title, audience, fact, position, steps)
    values ($1, $2, $3, $4, $5, $6)
        on conflict (slug) do nothing
    """
)


async def listed(snapshot: Snapshot) -> Sequence[LifeEvent]:
    return await snapshot.all(LIST)


async def find(snapshot: Snapshot, slug: str) -> LifeEvent | None:
    return await snapshot.maybe(FIND, slug)


async def put(tx: Transaction, event: LifeEvent, position: int) -> None:
    """Add an event that is not there yet."""
    steps = msgspec.to_builtins(event.steps)
    await tx.run(PUT, event.slug, event.title, event.audience, event.fact, position, steps)
