"""The desk's page of a report: the queue beside it, and every button that leads on from there.

Who has ended with one report is shown the next of the same queue at once; who was overtaken is
shown what happened meanwhile, and what they had written.
"""

from typing import Any, Final, get_args
from urllib.parse import parse_qsl
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from backend.kernel import Form, Injected, Snapshot, Transaction, VersionStale, requires
from backend.kernel.pages import work_page
from contracts.files import FileStore
from contracts.territory import AgencyRegister
from modules.feedback.errors import NotFromHere
from modules.feedback.handlers.buttons import DESK, pressed
from modules.feedback.handlers.console import (
    QUEUE,
    Sent,
    View,
    address_of,
    going_to,
    overtaken_by,
    queued,
    said,
    shown_again,
)
from modules.feedback.handlers.pages import names
from modules.feedback.model.categories import DeadlineClass
from modules.feedback.model.machines import Call, ReportState
from modules.feedback.model.moderation import Noting
from modules.feedback.model.queues import OPEN
from modules.feedback.model.reports import DeclinationReason, HidingReason
from modules.feedback.scopes import TRIAGE
from modules.feedback.service import desk, talking

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


@get("/reports/{report_id:uuid}", guards=[requires(TRIAGE)])
async def show_desk_report(
    report_id: FromPath[UUID],
    snapshot: Injected[Snapshot],
    view: View = "",
    sent: Sent = "",
) -> Response[str]:
    """Show a report with every form that leads on from where it stands."""
    return await _page(snapshot, report_id, view=view, sent=sent)


@post("/reports/{report_id:uuid}/notes", guards=[requires(TRIAGE)], status_code=303)
async def keep_note(
    report_id: FromPath[UUID], form: Injected[Form], tx: Injected[Transaction]
) -> Response[None]:
    """Note something for colleagues, or for the agencies too."""
    await talking.note(tx, report_id, form.read(Noting))
    view = form.text("queue")
    return going_to(address_of(report_id), {"queue": view} if view else {})


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
        done = await pressed(tx, DESK, report_id, call, form)
    except (VersionStale, NotFromHere) as overtaken:
        return await _page(tx, report_id, view=view, lost=(call, form), why=overtaken)
    following = await _following(tx, report_id, view) if call in _LEAVES else report_id
    if following is None:
        return going_to(QUEUE, {"sent": f"{done.code}.{call}", **dict(parse_qsl(view))})
    return shown_again(address_of(following), done, call, view)


async def _page(
    snapshot: Snapshot, report_id: UUID, *, view: str = "", sent: str = "", **overtaken: Any
) -> Response[str]:
    report = await desk.show(
        snapshot,
        await desk.find(snapshot, report_id),
        agencies=snapshot.ask(AgencyRegister),
        store=snapshot.ask(FileStore),
    )
    buttons = [call.value for call in DESK if call in report.allowed]
    lines = (await queued(snapshot, view, otherwise=OPEN)).items
    return work_page(
        "feedback/desk_report.html",
        snapshot.principal,
        report=report,
        reports=lines,
        communes=await names(snapshot, {r.commune_code for r in (report, *lines)}),
        buttons=buttons,
        declinations=get_args(DeclinationReason),
        hidings=get_args(HidingReason),
        classes=get_args(DeadlineClass),
        now=snapshot.now,
        view=view,
        sent=said(sent),
        **overtaken_by(report.timeline, buttons, **overtaken),
    )


async def _following(tx: Transaction, done: UUID, view: str) -> UUID | None:
    """Return the next report of the queue that waits for the desk, and that no colleague holds."""
    found = await queued(tx, view, otherwise=_FOR_DESK)
    free = (None, tx.principal.staff_id)
    return next((r.id for r in found.items if r.id != done and r.claimed_by in free), None)


PAGES: Final = (show_desk_report, keep_note, act_at_desk)
