"""For the desk: its queue, and its decisions."""

from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from backend.kernel import (
    IfMatch,
    Injected,
    NotFound,
    Snapshot,
    Transaction,
    refuses,
    requires,
    seen,
)
from contracts.files import FileStore
from contracts.page import Page
from contracts.territory import AgencyRegister
from modules.feedback.errors import (
    AgencyConcerned,
    AgencyNeeded,
    EvidenceDoubtful,
    FourEyes,
    UnknownAgency,
    UnknownReason,
)
from modules.feedback.handlers.parameters import MOVED, Cursor, Limit, WhyIfNeeded
from modules.feedback.model.machines import ReportState
from modules.feedback.model.queues import OPEN, QueueFilter
from modules.feedback.model.reports import Declination, Destination, Hiding, Refusal, Report
from modules.feedback.model.views import DeskItem, DeskReport
from modules.feedback.scopes import TRIAGE
from modules.feedback.service import desk


async def shown(tx: Snapshot, report: Report) -> DeskReport:
    return await desk.show(tx, report, agencies=tx.ask(AgencyRegister), store=tx.ask(FileStore))


@get("/desk/reports", guards=[requires(TRIAGE)])
async def list_queue(
    snapshot: Injected[Snapshot],
    states: Annotated[
        list[ReportState] | None,
        QueryParameter(
            name="state",
            max_items=11,
            description="Any of these; the open ones when none is named.",
        ),
    ] = None,
    commune: Annotated[str | None, QueryParameter(pattern="^[0-9]{5}$")] = None,
    category: Annotated[str | None, QueryParameter(max_length=40)] = None,
    cursor: Cursor = None,
    limit: Limit = 20,
    *,
    mine: Annotated[bool, QueryParameter(description="Only what you have in hand.")] = False,
) -> Page[DeskItem]:
    """List the reports of your communes, the longest waiting first."""
    wanted = QueueFilter(
        states=tuple(states or OPEN), commune_code=commune, category=category, is_mine=mine
    )
    return await desk.queue(snapshot, wanted, cursor, limit, store=snapshot.ask(FileStore))


@get("/desk/reports/{report_id:uuid}", guards=[requires(TRIAGE)], responses=refuses(NotFound))
async def read_desk_report(report_id: FromPath[UUID], snapshot: Injected[Snapshot]) -> DeskReport:
    """Read a report of your communes, with its exact place and what the cameras claimed."""
    return await shown(snapshot, await desk.find(snapshot, report_id))


@post(
    "/desk/reports/{report_id:uuid}/claim",
    guards=[requires(TRIAGE)],
    status_code=200,
    responses=refuses(*MOVED),
)
async def claim_report(
    report_id: FromPath[UUID], tx: Injected[Transaction], if_match: IfMatch = None
) -> DeskReport:
    """Take a report in hand. Without a photo or a number to look at first, it becomes public."""
    return await shown(tx, await desk.claim(tx, report_id, version=seen(if_match)))


@post(
    "/desk/reports/{report_id:uuid}/declination",
    guards=[requires(TRIAGE)],
    status_code=200,
    responses=refuses(*MOVED, UnknownReason),
)
async def decline_report(
    report_id: FromPath[UUID],
    data: JSONBody[Declination],
    tx: Injected[Transaction],
    if_match: IfMatch = None,
) -> DeskReport:
    """Say that a report will not be dealt with, and why. Its reporter reads it."""
    return await shown(tx, await desk.decline(tx, report_id, data, version=seen(if_match)))


@post(
    "/desk/reports/{report_id:uuid}/assignments",
    guards=[requires(TRIAGE)],
    status_code=200,
    responses=refuses(*MOVED, AgencyNeeded, UnknownAgency, AgencyConcerned),
)
async def assign_report(
    report_id: FromPath[UUID],
    data: JSONBody[Destination],
    tx: Injected[Transaction],
    if_match: IfMatch = None,
) -> DeskReport:
    """Give a report to an agency: the one that you name, or the only competent one."""
    report = await desk.assign(
        tx,
        report_id,
        data,
        version=seen(if_match),
        agencies=tx.ask(AgencyRegister),
    )
    return await shown(tx, report)


@post(
    "/desk/reports/{report_id:uuid}/approval",
    guards=[requires(TRIAGE)],
    status_code=200,
    responses=refuses(*MOVED, FourEyes, EvidenceDoubtful),
)
async def approve_result(
    report_id: FromPath[UUID],
    tx: Injected[Transaction],
    reason: WhyIfNeeded = None,
    if_match: IfMatch = None,
) -> DeskReport:
    """Accept what the agency did, which ends the report. Never of your own work.

    A photo that was taken before the work, or more than 200 m away, needs a `reason`.
    """
    version = seen(if_match)
    return await shown(tx, await desk.approve(tx, report_id, version=version, reason=reason))


@post(
    "/desk/reports/{report_id:uuid}/refusal",
    guards=[requires(TRIAGE)],
    status_code=200,
    responses=refuses(*MOVED),
)
async def refuse_result(
    report_id: FromPath[UUID],
    data: JSONBody[Refusal],
    tx: Injected[Transaction],
    if_match: IfMatch = None,
) -> DeskReport:
    """Send a result back to its agency, and say what is missing."""
    return await shown(tx, await desk.refuse(tx, report_id, data, version=seen(if_match)))


@post(
    "/desk/reports/{report_id:uuid}/hiding",
    guards=[requires(TRIAGE)],
    status_code=200,
    responses=refuses(*MOVED, UnknownReason),
)
async def hide_report(
    report_id: FromPath[UUID],
    data: JSONBody[Hiding],
    tx: Injected[Transaction],
    if_match: IfMatch = None,
) -> DeskReport:
    """Let nobody but reporter and officers see a report; done first, it never becomes public."""
    return await shown(tx, await desk.hide(tx, report_id, data, version=seen(if_match)))
