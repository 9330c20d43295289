"""What happens to people, as it is kept."""

from collections.abc import Sequence

import msgspec

from backend.kernel import Query, Snapshot, Statement, Transaction
from modules.public_services.model.life_events import LifeEvent, LifeEventDraft

LIST = Query(
    LifeEvent,
    """
    select slug, title, audience, fact, steps, version, position
      from public_services.life_event
     order by position, slug
     limit 200
    """,
)

FIND = Query(
    LifeEvent,
    """
    select slug, title, audience, fact, steps, version, position
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


WRITE = Query(
    LifeEvent,
    """
    insert into public_services.life_event as kept (slug, title, audience, fact, position, steps)
    select $1, $2, $3, $4, $5, $6::jsonb
     where $7 = 0 or exists (select from public_services.life_event where slug = $1)
        on conflict (slug) do update
       set title = excluded.title,
           audience = excluded.audience,
           fact = excluded.fact,
           position = excluded.position,
           steps = excluded.steps,
           version = kept.version + 1
     where kept.version = $7
    returning slug, title, audience, fact, steps, version, position
    """,
)


async def listed(snapshot: Snapshot) -> Sequence[LifeEvent]:
    return await snapshot.all(LIST)


async def find(snapshot: Snapshot, slug: str) -> LifeEvent | None:
    return await snapshot.maybe(FIND, slug)


async def put(tx: Transaction, event: LifeEvent, position: int) -> None:
    """Add an event that is not there yet."""
    steps = msgspec.to_builtins(event.steps)
    await tx.run(PUT, event.slug, event.title, event.audience, event.fact, position, steps)


async def write(tx: Transaction, slug: str, draft: LifeEventDraft, seen: int) -> LifeEvent | None:
    """Keep an event unless somebody else changed it meanwhile."""
    steps = msgspec.to_builtins(draft.steps)
    said = (draft.title, draft.audience, draft.fact, draft.position, steps)
    return await tx.maybe(WRITE, slug, *said, seen)
