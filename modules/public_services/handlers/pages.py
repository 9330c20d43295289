"""Pages for everybody: what one needs, asked in one's own words, and what to do about it."""

from collections.abc import Sequence
from datetime import UTC, date
from typing import Annotated, Final

import msgspec
from litestar import Response, get, post
from litestar.params import QueryParameter

from backend.kernel import Anyone, BadRequest, Form, Injected, Snapshot
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
from modules.public_services.model.decisions import Input, Value
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
    return await _life_event(snapshot, slug, _day(fact_on), None)


@post("/life-events/{slug:str}", guards=[Anyone()], status_code=200)
async def show_answered_event(
    slug: LifeEventName, form: Injected[Form], snapshot: Injected[Snapshot]
) -> Response[str]:
    """Show what is left to do for whoever answered the questions: by POST, so that no log knows."""
    return await _life_event(snapshot, slug, _day(form.text("fact_on")), form)


@post("/life-events/{slug:str}/plan.ics", guards=[Anyone()], status_code=200)
async def fetch_answered_plan(
    slug: LifeEventName, form: Injected[Form], snapshot: Injected[Snapshot]
) -> Response[bytes]:
    """Fetch what is left to do for one's own calendar."""
    asked = await _asked(snapshot, slug, _day(form.text("fact_on")) or snapshot.today, form)
    return _calendar(slug, await life_events.plan(snapshot, slug, asked), snapshot)


def _day(text: str) -> date | None:
    """Return the day that a form sent; none when it was left empty."""
    try:
        day = date.fromisoformat(text) if text else None
        if day is not None and not 1900 <= day.year <= 2200:
            raise ValueError(text)
        return day
    except ValueError as none:
        raise BadRequest(errors=[Fault(parameter="fact_on", code="format")]) from none


async def _life_event(
    snapshot: Snapshot, slug: str, day: date | None, form: Form | None
) -> Response[str]:
    event = await life_events.read(snapshot, slug)
    asked = await _asked(snapshot, slug, day or snapshot.today, form)
    return page(
        "public_services/life_event.html",
        headers=_OWN if day or form is not None else _FRESH,
        event=event,
        fact_on=day,
        answers=asked.answers,
        plan=await life_events.plan(snapshot, slug, asked),
        before=[step.code for step in event.steps if step.due_days < 0],
    )


async def _asked(snapshot: Snapshot, slug: str, day: date, form: Form | None) -> PlanRequest:
    """Return what a plan is made from; a question that was left open is not answered."""
    plain = PlanRequest(fact_on=day)
    if form is None:
        return plain
    questions = (await life_events.plan(snapshot, slug, plain)).questions
    answers = {
        each.name: _answer(each, text)
        for each in questions
        if (text := form.text(f"a-{each.name}").strip())
    }
    return PlanRequest(fact_on=day, answers=answers)


def _answer(question: Input, text: str) -> Value:
    try:
        return question.read(text)
    except ValueError as none:
        raise BadRequest(errors=[Fault(pointer=f"/a-{question.name}", code="format")]) from none


@get("/life-events/{slug:str}/plan.ics", guards=[Anyone()], media_type=model.CALENDAR)
async def fetch_plan(
    slug: LifeEventName, snapshot: Injected[Snapshot], fact_on: FactOn = ""
) -> Response[bytes]:
    """Fetch the plan for one's own calendar, counted from a day, or from today."""
    asked = PlanRequest(fact_on=_day(fact_on) or snapshot.today)
    return _calendar(slug, await life_events.plan(snapshot, slug, asked), snapshot)


def _calendar(slug: str, plan: Plan, snapshot: Snapshot) -> Response[bytes]:
    stamp = snapshot.now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    headers = {**_OWN, "Content-Disposition": f'attachment; filename="{slug}.ics"'}
    content = model.calendar(plan, stamp).encode()
    return Response(content, media_type=model.CALENDAR, headers=headers)


PAGES = (
    show_search,
    show_procedure,
    show_life_event,
    show_answered_event,
    fetch_plan,
    fetch_answered_plan,
)
