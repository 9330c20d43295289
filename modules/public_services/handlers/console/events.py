"""Life events: their steps a line each, and the plan that citizens would get."""

from typing import Annotated, Any, Final

from litestar import Response, get, post
from litestar.params import QueryParameter

from backend.kernel import (
    BadRequest,
    DomainError,
    Form,
    Injected,
    Snapshot,
    Transaction,
    VersionStale,
    requires,
    t,
)
from backend.kernel.pages import work_page
from modules.public_services.errors import NoSuchLifeEvent
from modules.public_services.handlers.console.parts import (
    CONSOLE,
    Done,
    back,
    drafted,
    is_tried,
    lines,
    version_of,
    why,
)
from modules.public_services.handlers.parameters import LifeEventName
from modules.public_services.model.life_events import (
    LifeEvent,
    LifeEventDraft,
    Plan,
    PlanRequest,
    Step,
)
from modules.public_services.scopes import EDIT
from modules.public_services.service import life_events

_EVENTS: Final = f"{CONSOLE}/life-events"
_FIELDS: Final = ("title", "audience", "fact", "position", "steps")
_PARTS: Final = 4
"""Of a line: code, days, note, decision table."""

NewName = Annotated[
    str, QueryParameter(pattern="^([a-z0-9-]{1,60})?$", description="What a new one is called.")
]


@get("/life-events", guards=[requires(EDIT)])
async def show_events(
    snapshot: Injected[Snapshot], done: Done = "", slug: NewName = ""
) -> Response[str]:
    """Show every life event, or the form of the one that is named."""
    if slug:
        return await _shown(snapshot, slug)
    return work_page(
        "public_services/console/events.html",
        snapshot.principal,
        events=(await life_events.listed(snapshot)).events,
        done=done,
    )


@get("/life-events/{slug:str}", guards=[requires(EDIT)])
async def show_event(slug: LifeEventName, snapshot: Injected[Snapshot]) -> Response[str]:
    """Show one life event with its form; an empty one for a name that is not taken."""
    return await _shown(snapshot, slug)


async def _shown(snapshot: Snapshot, slug: str) -> Response[str]:
    try:
        found = await life_events.read(snapshot, slug)
    except NoSuchLifeEvent:
        return _page(snapshot, slug, {**dict.fromkeys(_FIELDS, ""), "audience": "citizen"}, "0")
    written = {
        "title": found.title,
        "audience": found.audience,
        "fact": found.fact,
        "position": str(found.position),
        "steps": "\n".join(_line(step) for step in found.steps),
    }
    return _page(snapshot, slug, written, str(found.version))


@post("/life-events/{slug:str}", guards=[requires(EDIT)], status_code=303)
async def write_event(
    slug: LifeEventName, form: Injected[Form], tx: Injected[Transaction]
) -> Response[Any]:
    """Try a life event, or keep it over the version that was on the page."""
    written, seen = {name: form.text(name) for name in _FIELDS}, form.text("version")
    bad = [number for number, line in enumerate(lines(form, "steps"), 1) if _step(line) is None]
    if bad:
        said = t("public_services.console.bad_line", numbers=", ".join(map(str, bad)))
        return _page(tx, slug, written, seen, refused=said, status=422)
    try:
        steps = [step for line in lines(form, "steps") if (step := _step(line)) is not None]
        given = {name: text for name in _FIELDS[:4] if (text := written[name].strip())}
        draft = drafted(LifeEventDraft, {**given, "steps": steps})
        if is_tried(form):
            event = _event(slug, draft)
            plan = await life_events.plan_of(tx, event, PlanRequest(fact_on=tx.today))
            return _page(tx, slug, written, seen, plan=plan, lacking=_lacking(event, plan))
        await life_events.write(tx, slug, draft, version_of(form))
    except VersionStale as stale:
        return _page(tx, slug, written, seen, refused=why(stale), status=stale.status)
    except DomainError as refused:
        return _page(tx, slug, written, seen, refused=why(refused), status=refused.status)
    return back(f"{_EVENTS}?done={slug}")


def _line(step: Step) -> str:
    parts = [step.code, str(step.due_days), step.note, step.decision or ""]
    return " | ".join(parts).rstrip(" |")


def _step(line: str) -> dict[str, Any] | None:
    """Return the step of a line, or None for a line that is none."""
    code, days, note, decision = [part.strip() for part in f"{line}|||".split("|")[:_PARTS]]
    try:
        step = {"code": code, "due_days": int(days or 0), "note": note}
        drafted(LifeEventDraft, {"title": "x", "audience": "citizen", "fact": "x", "steps": [step]})
    except (ValueError, BadRequest):
        return None
    return {**step, "decision": decision or None}


def _event(slug: str, draft: LifeEventDraft) -> LifeEvent:
    steps = tuple(
        Step(code=each.code, due_days=each.due_days, note=each.note, decision=each.decision)
        for each in draft.steps
    )
    return LifeEvent(
        slug=slug, title=draft.title, audience=draft.audience, fact=draft.fact, steps=steps
    )


def _lacking(event: LifeEvent, plan: Plan) -> list[str]:
    """Return the codes that citizens would not see: nothing of them is in force."""
    shown = {each.code for each in (*plan.steps, *plan.unneeded)}
    return [step.code for step in event.steps if step.code not in shown]


def _page(
    snapshot: Snapshot,
    slug: str,
    written: dict[str, str],
    version: str,
    *,
    plan: Plan | None = None,
    lacking: list[str] | None = None,
    refused: str = "",
    status: int = 200,
) -> Response[str]:
    return work_page(
        "public_services/console/event.html",
        snapshot.principal,
        status=status,
        slug=slug,
        written=written,
        version=version,
        plan=plan,
        lacking=lacking or [],
        refused=refused,
    )


PAGES: Final = (show_events, show_event, write_event)
