"""Pages for officers: the desk's queue, an agency's work, and a report with what may be done now.

Each button calls the service that its REST twin calls, with the same words and the same version.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final, get_args
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, QueryParameter
from msgspec import Meta

from backend.kernel import Form, Injected, NotFound, Photos, Snapshot, Transaction, requires
from backend.kernel.pages import work_page
from contracts.calendar import WorkingCalendar
from contracts.files import FileStore
from contracts.territory import AgencyRegister
from modules.feedback.handlers.pages import names
from modules.feedback.handlers.parameters import TAKES_PHOTOS, Cursor
from modules.feedback.model.machines import Call, ReportState
from modules.feedback.model.queues import QueueFilter
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
from modules.feedback.model.requests import Return, ReturnReason
from modules.feedback.scopes import TRIAGE, WORK
from modules.feedback.service import categories, desk, moderation, questions, work
from modules.feedback.service.reading import label
from modules.feedback.settings import Settings

_AT_ONCE: Final = 50


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
    Call.APPROVAL: _just(desk.approve),
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
) -> Response[str]:
    """Show the reports of an officer's communes, the longest waiting first."""
    states = tuple(state for state in ReportState if state == standing) or desk.OPEN
    wanted = QueueFilter(states=states, commune_code=commune or None, category=category or None)
    found = await desk.queue(snapshot, wanted, cursor, _AT_ONCE, store=snapshot.ask(FileStore))
    chosen = {"state": standing, "commune": commune, "category": category}
    kept = {name: value for name, value in chosen.items() if value}
    return work_page(
        "feedback/queue.html",
        snapshot.principal,
        reports=found.items,
        communes=await names(snapshot, {item.commune_code for item in found.items}),
        categories=[(each.code, each.label) for each in await categories.offered(snapshot)],
        states=[(state.value, label(state)) for state in desk.OPEN],
        chosen=chosen,
        now=snapshot.now,
        older="?" + urlencode({**kept, "cursor": found.next_cursor}) if found.next_cursor else "",
    )


@get("/reports/{report_id:uuid}", guards=[requires(TRIAGE)])
async def show_desk_report(
    report_id: FromPath[UUID], snapshot: Injected[Snapshot]
) -> Response[str]:
    """Show a report with every form that leads on from where it stands."""
    report = await desk.show(
        snapshot,
        await desk.find(snapshot, report_id),
        agencies=snapshot.ask(AgencyRegister),
        store=snapshot.ask(FileStore),
    )
    return work_page(
        "feedback/desk_report.html",
        snapshot.principal,
        report=report,
        communes=await names(snapshot, {report.commune_code}),
        buttons=[call.value for call in DESK if call in report.allowed],
        declinations=get_args(DeclinationReason),
        hidings=get_args(HidingReason),
        now=snapshot.now,
    )


@post("/reports/{report_id:uuid}/{call:str}", guards=[requires(TRIAGE)], status_code=303)
async def act_at_desk(
    report_id: FromPath[UUID],
    call: FromPath[str],
    form: Injected[Form],
    tx: Injected[Transaction],
) -> Response[None]:
    """Do what a button of the report's page says, and show the report again."""
    await _pressed(tx, DESK, report_id, call, form)
    return _to(f"/console/feedback/reports/{report_id}")


@get("/work", guards=[requires(WORK)])
async def show_work(snapshot: Injected[Snapshot], cursor: Cursor = None) -> Response[str]:
    """Show what an officer's agency was given, the oldest first."""
    store = snapshot.ask(FileStore)
    found = await work.offered(snapshot, work.LIVE, cursor, _AT_ONCE, store=store)
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
    report_id: FromPath[UUID], snapshot: Injected[Snapshot]
) -> Response[str]:
    """Show a report as the agency reads it that deals with it."""
    report = await work.read(snapshot, report_id, store=snapshot.ask(FileStore))
    return work_page(
        "feedback/work_report.html",
        snapshot.principal,
        report=report,
        communes=await names(snapshot, {report.commune_code}),
        buttons=[call.value for call in WORKING if call in report.allowed],
        returns=get_args(ReturnReason),
        now=snapshot.now,
    )


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
) -> Response[None]:
    """Do what a button of the agency's page says, and show the report again."""
    await _pressed(tx, WORKING, report_id, call, form)
    return _to(f"/console/feedback/work/{report_id}")


async def _pressed(
    tx: Transaction, buttons: dict[Call, Act], report_id: UUID, call: str, form: Form
) -> None:
    act = next((each for name, each in buttons.items() if name == call), None)
    if act is None:
        raise NotFound
    await act(tx, report_id, form, form.read(Seen).version)


def _to(address: str) -> Response[None]:
    return Response(None, status_code=303, headers={"Location": address})
