"""Two reports side by side, for whoever has to say whether they are one."""

from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from backend.kernel import Form, Injected, Snapshot, Transaction, VersionStale, requires
from backend.kernel.pages import work_page
from contracts.files import FileStore
from contracts.territory import AgencyRegister
from modules.feedback.errors import NotFromHere
from modules.feedback.handlers.buttons import COMPARING, pressed
from modules.feedback.handlers.console import View, address_of, overtaken_by, shown_again
from modules.feedback.handlers.pages import names
from modules.feedback.model.machines import Call
from modules.feedback.model.views import DeskReport
from modules.feedback.scopes import TRIAGE
from modules.feedback.service import desk, duplicates


@get("/reports/{report_id:uuid}/similar", guards=[requires(TRIAGE)])
async def show_similar(
    report_id: FromPath[UUID], snapshot: Injected[Snapshot], view: View = ""
) -> Response[str]:
    """Show the reports that this one may be the same as, and why."""
    report = await desk.find(snapshot, report_id)
    return work_page(
        "feedback/similar.html",
        snapshot.principal,
        report=report,
        found=await duplicates.similar(snapshot, report, store=snapshot.ask(FileStore)),
        view=view,
    )


@get("/reports/{report_id:uuid}/similar/{other_id:uuid}", guards=[requires(TRIAGE)])
async def compare_reports(
    report_id: FromPath[UUID],
    other_id: FromPath[UUID],
    snapshot: Injected[Snapshot],
    view: View = "",
) -> Response[str]:
    """Show two reports beside each other, each part of how alike they are in words."""
    return await _page(snapshot, report_id, other_id, view=view)


@post(
    "/reports/{report_id:uuid}/similar/{other_id:uuid}/{call:str}",
    guards=[requires(TRIAGE)],
    status_code=303,
)
async def act_comparing(
    report_id: FromPath[UUID],
    other_id: FromPath[UUID],
    call: FromPath[str],
    form: Injected[Form],
    tx: Injected[Transaction],
) -> Response[Any]:
    """Let the first report be the second."""
    view = form.text("queue")
    try:
        done = await pressed(tx, COMPARING, report_id, call, form)
    except (VersionStale, NotFromHere) as overtaken:
        return await _page(tx, report_id, other_id, view=view, lost=(call, form), why=overtaken)
    return shown_again(address_of(other_id), done, call, view)


async def _page(
    snapshot: Snapshot, report_id: UUID, other_id: UUID, *, view: str, **overtaken: Any
) -> Response[str]:
    report, other = await _shown(snapshot, report_id), await _shown(snapshot, other_id)
    found = await duplicates.similar(
        snapshot, await desk.find(snapshot, report_id), store=snapshot.ask(FileStore)
    )
    buttons = [call.value for call in COMPARING if call in report.allowed]
    return work_page(
        "feedback/compare.html",
        snapshot.principal,
        report=report,
        other=other,
        score=next((each.score for each in found if each.id == other_id), None),
        communes=await names(snapshot, {report.commune_code, other.commune_code}),
        may_merge=Call.MERGE in report.allowed,
        now=snapshot.now,
        view=view,
        **overtaken_by(report.timeline, buttons, **overtaken),
    )


async def _shown(snapshot: Snapshot, report_id: UUID) -> DeskReport:
    return await desk.show(
        snapshot,
        await desk.find(snapshot, report_id),
        agencies=snapshot.ask(AgencyRegister),
        store=snapshot.ask(FileStore),
    )


PAGES: Final = (show_similar, compare_reports, act_comparing)
