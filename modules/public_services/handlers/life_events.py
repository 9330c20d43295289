"""For everybody: what happened, and what to do about it, in which order."""

from datetime import UTC
from typing import Annotated, Any, TypeAlias

from litestar import Response, get, post, put
from litestar.params import HeaderParameter, JSONBody, PathParameter

from backend.kernel import (
    Anyone,
    IfMatch,
    Injected,
    Snapshot,
    Transaction,
    VersionRequired,
    VersionStale,
    refuses,
    requires,
)
from modules.public_services.errors import NoSuchLifeEvent
from modules.public_services.handlers.parameters import REFERENCE, PlanDraft
from modules.public_services.model.life_events import (
    LifeEvent,
    LifeEventDraft,
    LifeEvents,
    Plan,
    calendar,
)
from modules.public_services.scopes import EDIT
from modules.public_services.service import life_events

Slug: TypeAlias = Annotated[
    str, PathParameter(pattern="^[a-z0-9-]{1,60}$", max_length=60, description="Its name.")
]


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
async def read_life_event(slug: Slug, snapshot: Injected[Snapshot]) -> LifeEvent:
    """Read one life event."""
    return await life_events.read(snapshot, slug)


@post(
    "/life-events/{slug:str}/plans",
    guards=[Anyone()],
    status_code=200,
    responses=refuses(NoSuchLifeEvent),
)
async def plan_life_event(
    slug: Slug,
    data: JSONBody[PlanDraft],
    snapshot: Injected[Snapshot],
    accept: Annotated[
        str, HeaderParameter(name="Accept", max_length=200, description="Or `text/calendar`.")
    ] = "application/json",
) -> Response[Plan]:
    """Plan the steps from a day, with one list of papers for all of them; nothing is kept."""
    plan = await life_events.plan(snapshot, slug, data.request())
    if "text/calendar" in accept:
        stamp = snapshot.now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        content: Any = calendar(plan, stamp).encode()
        return Response(content, media_type="text/calendar; charset=utf-8")
    return Response(plan)


@put(
    "/life-events/{slug:str}",
    guards=[requires(EDIT)],
    responses=refuses(VersionRequired, VersionStale),
)
async def write_life_event(
    slug: Slug,
    data: JSONBody[LifeEventDraft],
    tx: Injected[Transaction],
    if_match: IfMatch = None,
) -> LifeEvent:
    """Write a life event; `"0"` matches when there is none of that name."""
    return await life_events.write(tx, slug, data, if_match)
