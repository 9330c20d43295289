"""Pages for officers: the desk's queue, an agency's work, and a report with what may be done now.

Each button calls the service that its REST twin calls, with the same words and the same version.
Who has ended with one report is shown the next of the same queue at once; who was overtaken is
shown what happened meanwhile, and what they had written.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Annotated, Any, Final, get_args
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, QueryParameter
from msgspec import Meta

from backend.kernel import (
    DomainError,
    Form,
    Injected,
    NotFound,
    Photos,
    Snapshot,
    Transaction,
    VersionStale,
    requires,
)
from backend.kernel.pages import work_page
from contracts.calendar import WorkingCalendar
from contracts.files import FileStore
from contracts.territory import AgencyRegister
from modules.feedback.errors import NotFromHere
from modules.feedback.handlers.pages import names
from modules.feedback.handlers.parameters import TAKES_PHOTOS, Cursor
from modules.feedback.model.machines import Call, ReportState
from modules.feedback.model.queues import LIVE, OPEN, QueueFilter
from modules.feedback.model.reports import (
    Declination,
    DeclinationReason,
    Destination,
    Hiding,
    HidingReason,
    Inquiry,
    Plan,
    Refusal,
    Report,
    Result,
)
from modules.feedback.model.requests import Reason, Return, ReturnReason
from modules.feedback.scopes import TRIAGE, WORK
from modules.feedback.service import categories, desk, moderation, questions, work
from modules.feedback.service.reading import label
from modules.feedback.settings import Settings

_AT_ONCE: Final = 50
_LEAVES: Final = frozenset(
    {Call.ASSIGNMENT, Call.DECLINATION, Call.QUESTION, Call.APPROVAL, Call.REFUSAL}
)
"""After these the desk has nothing more to do for the moment."""
_FOR_DESK: Final = (
    ReportState.RECEIVED,
    ReportState.IN_REVIEW,
    ReportState.AWAITING_APPROVAL,
    ReportState.REOPEN_REQUESTED,
)
"""Where a report waits for the desk, and not for somebody else."""

View = Annotated[str, QueryParameter(name="queue", pattern=r"^[\w.,:&=%+-]{0,300}$")]
"""The query of the queue from which an officer came."""
Sent = Annotated[str, QueryParameter(pattern=r"^([A-Z0-9-]{1,40}\.[a-z_]{1,40})?$")]
"""What was just done, as code and call: the page says so, and drops the draft of it."""
Act = Callable[[Transaction, UUID, Form, int], Awaitable[Report]]


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """Which version of the report was on the page."""

    version: Annotated[int, Meta(ge=1)]


def _just(act: Callable[..., Awaitable[Report]]) -> Act:
    """Return a button without words."""

    async def pressed(tx: Transaction, report_id: UUID, _: Form, version: int) -> Report:
        return await act(tx, report_id, version=version)

    return pressed


def _saying(words: type[Any], act: Callable[..., Awaitable[Report]]) -> Act:
    """Return a button with words: the Struct that its twin takes as JSON."""

    async def pressed(tx: Transaction, report_id: UUID, form: Form, version: int) -> Report:
        return await act(tx, report_id, form.read(words), version=version)

    return pressed


async def _assign(tx: Transaction, report_id: UUID, form: Form, version: int) -> Report:
    to = form.read(Destination)
    return await desk.assign(tx, report_id, to, version=version, agencies=tx.ask(AgencyRegister))


async def _approve(tx: Transaction, report_id: UUID, form: Form, version: int) -> Report:
    reason = form.read(Reason).text if form.text("text").strip() else None
    return await desk.approve(tx, report_id, version=version, reason=reason)


async def _publish(tx: Transaction, report_id: UUID, _: Form, version: int) -> Report:
    store = tx.ask(FileStore)
    return await moderation.publish_as_shown(tx, report_id, version=version, store=store)


async def _question(tx: Transaction, report_id: UUID, form: Form, version: int) -> Report:
    return await questions.ask(
        tx,
        report_id,
        form.read(Inquiry),
        version=version,
        days=tx.ask(Settings).answer_days,
        calendar=tx.ask(WorkingCalendar),
    )


async def _result(tx: Transaction, report_id: UUID, form: Form, version: int) -> Report:
    store = tx.ask(FileStore)
    said, photos = form.read(Result), Photos(form.files("photos"))
    return await work.finish(tx, report_id, said, photos, version=version, store=store)


DESK: Final[dict[Call, Act]] = {
    Call.CLAIM: _just(desk.claim),
    Call.RELEASE: _just(desk.release),
    Call.ASSIGNMENT: _assign,
    Call.DECLINATION: _saying(Declination, desk.decline),
    Call.QUESTION: _question,
    Call.APPROVAL: _approve,
    Call.REFUSAL: _saying(Refusal, desk.refuse),
    Call.PUBLICATION: _publish,
    Call.HIDING: _saying(Hiding, desk.hide),
}
WORKING: Final[dict[Call, Act]] = {
    Call.ACCEPTANCE: _just(work.accept),
    Call.PLAN: _saying(Plan, work.plan),
    Call.RETURN: _saying(Return, work.give_back),
    Call.RESULT: _result,
}


@get("/", guards=[requires(TRIAGE)])
async def show_queue(
    snapshot: Injected[Snapshot],
    standing: Annotated[str, QueryParameter(name="state", max_length=40)] = "",
    commune: Annotated[str, QueryParameter(pattern="^([0-9]{5})?$")] = "",
    category: Annotated[str, QueryParameter(max_length=40)] = "",
    cursor: Cursor = None,
    sent: Sent = "",
) -> Response[str]:
    """Show the reports of an officer's communes, the longest waiting first."""
    chosen = {"state": standing, "commune": commune, "category": category}
    kept = {name: value for name, value in chosen.items() if value}
    wanted = _wanted(kept, otherwise=OPEN)
    found = await desk.queue(snapshot, wanted, cursor, _AT_ONCE, store=snapshot.ask(FileStore))
    return work_page(
        "feedback/queue.html",
        snapshot.principal,
        reports=found.items,
        communes=await names(snapshot, {item.commune_code for item in found.items}),
        categories=[(each.code, each.label) for each in await categories.offered(snapshot)],
        states=[(state.value, label(state)) for state in OPEN],
        chosen=chosen,
        view=urlencode(kept),
        sent=said(sent),
        now=snapshot.now,
        older="?" + urlencode({**kept, "cursor": found.next_cursor}) if found.next_cursor else "",
    )


@get("/reports/{report_id:uuid}", guards=[requires(TRIAGE)])
async def show_desk_report(
    report_id: FromPath[UUID],
    snapshot: Injected[Snapshot],
    view: View = "",
    sent: Sent = "",
) -> Response[str]:
    """Show a report with every form that leads on from where it stands."""
    return await _desk_page(snapshot, report_id, view=view, sent=sent)


@post("/reports/{report_id:uuid}/{call:str}", guards=[requires(TRIAGE)], status_code=303)
async def act_at_desk(
    report_id: FromPath[UUID],
    call: FromPath[str],
    form: Injected[Form],
    tx: Injected[Transaction],
) -> Response[Any]:
    """Do what a button of the report's page says, and show what comes next."""
    view = form.text("queue")
    try:
        done = await _pressed(tx, DESK, report_id, call, form)
    except (VersionStale, NotFromHere) as overtaken:
        return await _desk_page(tx, report_id, view=view, lost=(call, form), why=overtaken)
    following = await _following(tx, report_id, view) if call in _LEAVES else report_id
    if following is None:
        told = {"sent": f"{done.code}.{call}", **dict(parse_qsl(view))}
        return _to("/console/feedback", told)
    return shown_again(f"/console/feedback/reports/{following}", done, call, view)


@get("/work", guards=[requires(WORK)])
async def show_work(snapshot: Injected[Snapshot], cursor: Cursor = None) -> Response[str]:
    """Show what an officer's agency was given, the oldest first."""
    store = snapshot.ask(FileStore)
    found = await work.offered(snapshot, LIVE, cursor, _AT_ONCE, store=store)
    return work_page(
        "feedback/work.html",
        snapshot.principal,
        reports=found.items,
        communes=await names(snapshot, {item.commune_code for item in found.items}),
        now=snapshot.now,
        older=f"?{urlencode({'cursor': found.next_cursor})}" if found.next_cursor else "",
    )


@get("/work/{report_id:uuid}", guards=[requires(WORK)])
async def show_work_report(
    report_id: FromPath[UUID], snapshot: Injected[Snapshot], sent: Sent = ""
) -> Response[str]:
    """Show a report as the agency reads it that deals with it."""
    return await _work_page(snapshot, report_id, sent=sent)


@post(
    "/work/{report_id:uuid}/{call:str}",
    guards=[requires(WORK)],
    status_code=303,
    opt=TAKES_PHOTOS,
)
async def act_at_work(
    report_id: FromPath[UUID],
    call: FromPath[str],
    form: Injected[Form],
    tx: Injected[Transaction],
) -> Response[Any]:
    """Do what a button of the agency's page says, and show the report again."""
    try:
        done = await _pressed(tx, WORKING, report_id, call, form)
    except (VersionStale, NotFromHere) as overtaken:
        return await _work_page(tx, report_id, lost=(call, form), why=overtaken)
    return shown_again(f"/console/feedback/work/{report_id}", done, call)


async def _desk_page(
    snapshot: Snapshot, report_id: UUID, *, view: str = "", sent: str = "", **overtaken: Any
) -> Response[str]:
    report = await desk.show(
        snapshot,
        await desk.find(snapshot, report_id),
        agencies=snapshot.ask(AgencyRegister),
        store=snapshot.ask(FileStore),
    )
    buttons = [call.value for call in DESK if call in report.allowed]
    return work_page(
        "feedback/desk_report.html",
        snapshot.principal,
        report=report,
        communes=await names(snapshot, {report.commune_code}),
        buttons=buttons,
        declinations=get_args(DeclinationReason),
        hidings=get_args(HidingReason),
        now=snapshot.now,
        view=view,
        sent=said(sent),
        **_lost(buttons, **overtaken),
    )


async def _work_page(
    snapshot: Snapshot, report_id: UUID, *, sent: str = "", **overtaken: Any
) -> Response[str]:
    report = await work.read(snapshot, report_id, store=snapshot.ask(FileStore))
    buttons = [call.value for call in WORKING if call in report.allowed]
    return work_page(
        "feedback/work_report.html",
        snapshot.principal,
        report=report,
        communes=await names(snapshot, {report.commune_code}),
        buttons=buttons,
        returns=get_args(ReturnReason),
        now=snapshot.now,
        sent=said(sent),
        **_lost(buttons, **overtaken),
    )


def _lost(
    buttons: Sequence[str],
    lost: tuple[str, Form] | None = None,
    why: DomainError | None = None,
) -> dict[str, Any]:
    """Return what a page shows to whoever was overtaken: their words, where they can go on."""
    if lost is None or why is None:
        return {"status": 200, "overtaken": False, "written": {}, "homeless": ""}
    call, form = lost
    words = form.text("text")
    written = {call: words} if call in buttons else {}
    return {
        "status": why.status,
        "overtaken": True,
        "written": written,
        "homeless": "" if written else words,
    }


async def _pressed(
    tx: Transaction, buttons: dict[Call, Act], report_id: UUID, call: str, form: Form
) -> Report:
    act = next((each for name, each in buttons.items() if name == call), None)
    if act is None:
        raise NotFound
    return await act(tx, report_id, form, form.read(Seen).version)


async def _following(tx: Transaction, done: UUID, view: str) -> UUID | None:
    """Return the next report of the queue that waits for the desk, and that no colleague holds."""
    wanted = _wanted(dict(parse_qsl(view)), otherwise=_FOR_DESK)
    found = await desk.queue(tx, wanted, None, _AT_ONCE, store=tx.ask(FileStore))
    free = (None, tx.principal.staff_id)
    return next((r.id for r in found.items if r.id != done and r.claimed_by in free), None)


def _wanted(chosen: Mapping[str, str], *, otherwise: tuple[ReportState, ...]) -> QueueFilter:
    standing = chosen.get("state", "")
    return QueueFilter(
        states=tuple(state for state in ReportState if state == standing) or otherwise,
        commune_code=chosen.get("commune"),
        category=chosen.get("category"),
    )


def said(sent: str) -> tuple[str, str] | None:
    """Return code and label of what was just done."""
    code, _, call = sent.partition(".")
    return (code, call) if call in set(Call) else None


def shown_again(address: str, done: Report, call: str, view: str = "") -> Response[None]:
    """Lead to a page that says what was done; `view` is the queue to go on with."""
    told = {"sent": f"{done.code}.{call}"}
    return _to(address, {**told, "queue": view} if view else told)


def _to(address: str, told: Mapping[str, str]) -> Response[None]:
    return Response(None, status_code=303, headers={"Location": f"{address}?{urlencode(told)}"})
