"""From what happened to a plan; nothing that a citizen tells is kept."""

from backend.kernel import Snapshot, Transaction, seen
from modules.public_services.errors import NoSuchLifeEvent
from modules.public_services.model import life_events as model
from modules.public_services.model.life_events import (
    LifeEvent,
    LifeEventDraft,
    LifeEvents,
    Plan,
    PlanRequest,
)
from modules.public_services.repository import catalogue
from modules.public_services.repository import life_events as repository
from modules.public_services.service.versions import settled


async def listed(snapshot: Snapshot) -> LifeEvents:
    """Return every life event."""
    return LifeEvents(events=tuple(await repository.listed(snapshot)))


async def read(snapshot: Snapshot, slug: str) -> LifeEvent:
    """Return a life event. Raises `NoSuchLifeEvent`."""
    found = await repository.find(snapshot, slug)
    if found is None:
        raise NoSuchLifeEvent
    return found


async def codes(snapshot: Snapshot, slug: str | None) -> frozenset[str] | None:
    """Return what a life event brings, or None where none is named. Raises `NoSuchLifeEvent`."""
    if slug is None:
        return None
    return frozenset(step.code for step in (await read(snapshot, slug)).steps)


async def plan(snapshot: Snapshot, slug: str, asked: PlanRequest) -> Plan:
    """Return a plan of what is in force today. Raises `NoSuchLifeEvent`."""
    event = await read(snapshot, slug)
    stored = [await catalogue.on(snapshot, each.code, snapshot.today) for each in event.steps]
    return model.plan(event, asked, {each.code: each for each in stored if each is not None})


async def write(
    tx: Transaction, slug: str, draft: LifeEventDraft, if_match: str | None
) -> LifeEvent:
    """Keep a life event. Raises `VersionRequired`, `VersionStale`."""
    kept = await repository.write(tx, slug, draft, seen(if_match))
    return await settled(kept, lambda: repository.find(tx, slug))
