"""Pages for everybody: what one needs, asked in one's own words, and what to do about it."""

from collections.abc import Sequence
from datetime import UTC, date
from typing import Annotated, Final

import msgspec
from litestar import Response, get
from litestar.params import QueryParameter

from backend.kernel import Anyone, BadRequest, Injected, Snapshot
from backend.kernel.pages import page
from contracts.problem import Fault
from modules.public_services.handlers.choices import Choices, address, offered
from modules.public_services.handlers.parameters import (
    AtLevel,
    ByChannel,
    Code,
    Cursor,
    FactOn,
    ForAudience,
    Free,
    InField,
    LifeEventName,
    OfLifeEvent,
)
from modules.public_services.model import life_events as model
from modules.public_services.model.answers import Answer
from modules.public_services.model.engine import Filters
from modules.public_services.model.exports import schema_org
from modules.public_services.model.life_events import LifeEvent, Plan, PlanRequest
from modules.public_services.model.views import Card, FieldCard
from modules.public_services.service import catalogue, forms, life_events, offices, search

_FRESH: Final = {"Cache-Control": "public, max-age=60, stale-while-revalidate=300"}
_OWN: Final = {"Cache-Control": "private, no-store"}
_AT_ONCE: Final = 20


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What stands below the search box: an answer, a list, or where one may begin."""

    answer: Answer | None = None
    suggested: Sequence[Card] = ()
    listed: Sequence[Card] | None = None
    more: str = ""
    """Where the list goes on."""
    facets: Sequence[Choices] = ()
    events: Sequence[LifeEvent] = ()
    fields: Sequence[FieldCard] = ()


@get("/procedures", guards=[Anyone()])
async def show_search(
    snapshot: Injected[Snapshot],
    q: Annotated[str, QueryParameter(max_length=500)] = "",
    level: AtLevel = None,
    field: InField = None,
    audience: ForAudience = None,
    channel: ByChannel = None,
    free: Free = None,
    life_event: OfLifeEvent = None,
    cursor: Cursor = None,
) -> Response[str]:
    """Show what is found for `q`, or what lies in a field; with neither, life events and fields."""
    codes = await life_events.codes(snapshot, life_event)
    filters = Filters(
        level=level, field=field, audience=audience, channel=channel, free=free, codes=codes
    )
    told = {"level": level, "field": field, "audience": audience, "channel": channel}
    chosen = {name: value for name, value in told.items() if value}
    if free is not None:
        chosen["free"] = "true" if free else "false"
    if life_event:
        chosen["life_event"] = life_event
    asked = q.strip()
    if asked:
        shown = await _found(snapshot, asked, filters, {"q": asked, **chosen})
    elif chosen:
        shown = await _listed(snapshot, filters, chosen, cursor)
    else:
        shown = await _offered(snapshot)
    return page(
        "public_services/search.html",
        headers=_FRESH,
        scripts="own",
        shown=shown,
        q=asked,
        chosen=chosen,
        anew=address({"q": asked}),
    )


async def _offered(snapshot: Snapshot) -> Shown:
    return Shown(
        events=(await life_events.listed(snapshot)).events,
        fields=(await catalogue.fields(snapshot)).fields,
    )


async def _found(snapshot: Snapshot, asked: str, filters: Filters, chosen: dict[str, str]) -> Shown:
    answer = await search.search(snapshot, asked, filters, _AT_ONCE, explains=False)
    first = {hit.card.code for hit in answer.hits[:_AT_ONCE]}
    suggested = (await search.suggest(snapshot, asked)).suggestions
    return Shown(
        answer=answer,
        suggested=tuple(each for each in suggested if each.code not in first),
        facets=offered(answer.facets, chosen),
    )


async def _listed(
    snapshot: Snapshot, filters: Filters, chosen: dict[str, str], cursor: str | None
) -> Shown:
    listed = await catalogue.listed(snapshot, cursor, _AT_ONCE, filters)
    cursor_after = listed.next_cursor
    return Shown(
        listed=listed.items,
        facets=offered(await search.facets(snapshot, filters), chosen),
        more=address(chosen, cursor=cursor_after) if cursor_after else "",
    )


@get("/procedures/{code:str}", guards=[Anyone()])
async def show_procedure(code: Code, snapshot: Injected[Snapshot]) -> Response[str]:
    """Show one procedure as it stands today: how, with what, for how much, where, whom to ring."""
    found = await catalogue.read(snapshot, code, snapshot.today)
    return page(
        "public_services/procedure.html",
        headers=_FRESH,
        procedure=found,
        forms=await forms.listed(snapshot, code),
        offices=await offices.near(snapshot, procedure=found),
        hotlines=await offices.hotlines(snapshot),
        linked=schema_org.service(found, snapshot.base_url),
    )


@get("/life-events/{slug:str}", guards=[Anyone()])
async def show_life_event(
    slug: LifeEventName, snapshot: Injected[Snapshot], fact_on: FactOn = ""
) -> Response[str]:
    """Show what a life event brings, with days where somebody said when it is. Nothing is kept."""
    event = await life_events.read(snapshot, slug)
    day = _day(fact_on)
    return page(
        "public_services/life_event.html",
        headers=_OWN if day else _FRESH,
        event=event,
        fact_on=day,
        plan=await _plan(snapshot, slug, day or snapshot.today),
        before=[step.code for step in event.steps if step.due_days < 0],
    )


@get("/life-events/{slug:str}/plan.ics", guards=[Anyone()], media_type=model.CALENDAR)
async def fetch_plan(
    slug: LifeEventName, snapshot: Injected[Snapshot], fact_on: FactOn = ""
) -> Response[bytes]:
    """Fetch the plan for one's own calendar, counted from a day, or from today."""
    plan = await _plan(snapshot, slug, _day(fact_on) or snapshot.today)
    stamp = snapshot.now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    headers = {**_OWN, "Content-Disposition": f'attachment; filename="{slug}.ics"'}
    content = model.calendar(plan, stamp).encode()
    return Response(content, media_type=model.CALENDAR, headers=headers)


def _day(text: str) -> date | None:
    """Return the day that a form sent; none when it was left empty."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as none:
        raise BadRequest(errors=[Fault(parameter="fact_on", code="format")]) from none


async def _plan(snapshot: Snapshot, slug: str, day: date) -> Plan:
    return await life_events.plan(snapshot, slug, PlanRequest(fact_on=day))


PAGES = (show_search, show_procedure, show_life_event, fetch_plan)
