"""From what happened to a plan; nothing that a citizen tells is kept."""

from collections.abc import Sequence

from backend.kernel import Snapshot, Transaction, seen
from modules.public_services.errors import DecisionMalformed, NoSuchDecision, NoSuchLifeEvent
from modules.public_services.model import life_events as model
from modules.public_services.model.life_events import (
    LifeEvent,
    LifeEventDraft,
    LifeEvents,
    Plan,
    PlanRequest,
)
from modules.public_services.repository import catalogue, decisions, successors
from modules.public_services.repository import life_events as repository
from modules.public_services.repository.decisions import DecisionRow
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
    """Return a plan of what is in force today. Raises `NoSuchLifeEvent`, `DecisionMalformed`."""
    return await plan_of(snapshot, await read(snapshot, slug), asked)


async def plan_of(snapshot: Snapshot, event: LifeEvent, asked: PlanRequest) -> Plan:
    """Return the plan of an event that need not be kept. Raises `DecisionMalformed`."""
    event = await _carried_on(snapshot, event)
    codes = [each.code for each in event.steps]
    known = await catalogue.on_each(snapshot, codes, snapshot.today)
    tables = {each.key: each.definition for each in await _tables(snapshot, event)}
    try:
        return model.plan(event, asked, known, tables, snapshot.today)
    except ValueError as wrong:
        raise DecisionMalformed from wrong


async def _tables(snapshot: Snapshot, event: LifeEvent) -> Sequence[DecisionRow]:
    keys = {step.decision for step in event.steps if step.decision}
    return await decisions.published_of(snapshot, sorted(keys)) if keys else ()


async def _carried_on(snapshot: Snapshot, event: LifeEvent) -> LifeEvent:
    """Return an event in which what was abolished has given way to what it lives on in."""
    codes = [each.code for each in event.steps]
    after = await successors.of(snapshot, codes, snapshot.today)
    return model.carried_on(event, {old: [one.code for one in new] for old, new in after.items()})


async def write(
    tx: Transaction, slug: str, draft: LifeEventDraft, if_match: str | None
) -> LifeEvent:
    """Keep a life event. Raises `NoSuchDecision`, `VersionRequired`, `VersionStale`."""
    keys = {step.decision for step in draft.steps if step.decision}
    if len(await decisions.published_of(tx, sorted(keys))) != len(keys):
        raise NoSuchDecision
    kept = await repository.write(tx, slug, draft, seen(if_match))
    return await settled(kept, lambda: repository.find(tx, slug))
