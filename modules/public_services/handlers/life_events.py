"""For everybody: what happened, and what to do about it, in which order."""

from datetime import UTC
from typing import Annotated, Any

from litestar import Response, get, post
from litestar.params import HeaderParameter, JSONBody

from backend.kernel import (
    Anyone,
    IfMatch,
    Injected,
    Snapshot,
    Transaction,
    refuses,
)
from modules.public_services.errors import DecisionMalformed, NoSuchDecision, NoSuchLifeEvent
from modules.public_services.handlers.parameters import REFERENCE, LifeEventName, PlanDraft
from modules.public_services.handlers.writing import put_by_editors
from modules.public_services.model.life_events import (
    CALENDAR,
    LifeEvent,
    LifeEventDraft,
    LifeEvents,
    Plan,
    calendar,
)
from modules.public_services.service import life_events


@get("/life-events", guards=[Anyone()], cache_control=REFERENCE)
async def list_life_events(snapshot: Injected[Snapshot]) -> LifeEvents:
    """List what happens to people, with the procedures that it brings."""
    return await life_events.listed(snapshot)


@get(
    "/life-events/{slug:str}",
    guards=[Anyone()],
    cache_control=REFERENCE,
    responses=refuses(NoSuchLifeEvent),
)
async def read_life_event(slug: LifeEventName, snapshot: Injected[Snapshot]) -> LifeEvent:
    """Read one life event."""
    return await life_events.read(snapshot, slug)


@post(
    "/life-events/{slug:str}/plans",
    guards=[Anyone()],
    status_code=200,
    responses=refuses(NoSuchLifeEvent, DecisionMalformed),
)
async def plan_life_event(
    slug: LifeEventName,
    data: JSONBody[PlanDraft],
    snapshot: Injected[Snapshot],
    accept: Annotated[
        str, HeaderParameter(name="Accept", max_length=200, description="Or `text/calendar`.")
    ] = "application/json",
) -> Response[Plan]:
    """Plan the steps from a day, with one list of papers for all of them; nothing is kept.

    `questions` are what its decision tables ask; with `answers` to them a step may fall away, and
    says which article rules it out.
    """
    plan = await life_events.plan(snapshot, slug, data.request())
    if CALENDAR in accept:
        stamp = snapshot.now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        content: Any = calendar(plan, stamp).encode()
        return Response(content, media_type=CALENDAR)
    return Response(plan)


@put_by_editors("/life-events/{slug:str}", NoSuchDecision)
async def write_life_event(
    slug: LifeEventName,
    data: JSONBody[LifeEventDraft],
    tx: Injected[Transaction],
    if_match: IfMatch = None,
) -> LifeEvent:
    """Write a life event; `"0"` matches when there is none of that name."""
    return await life_events.write(tx, slug, data, if_match)


ROUTES = (
    list_life_events,
    read_life_event,
    plan_life_event,
    write_life_event,
)
