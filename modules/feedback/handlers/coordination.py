"""What desk and agencies do to share the work on a report."""

from uuid import UUID

from litestar import delete, post, put
from litestar.params import FromPath, JSONBody

from backend.kernel import IfMatch, Injected, Transaction, refuses, requires, seen
from contracts.files import FileStore
from contracts.identity import Officers
from contracts.territory import AgencyRegister
from modules.feedback.errors import (
    ClaimedByAnother,
    LimitReached,
    PlanInThePast,
    ReasonNeeded,
    UnknownAgency,
    UnknownOfficer,
    UnknownReason,
)
from modules.feedback.handlers.desk import shown
from modules.feedback.handlers.parameters import MOVED, Why, WhyIfNeeded
from modules.feedback.model.requests import (
    Concern,
    Contribution,
    Handler,
    Proposal,
    Return,
    Transfer,
)
from modules.feedback.model.views import DeskReport, WorkReport
from modules.feedback.scopes import TRIAGE, WORK
from modules.feedback.service import coordination, desk, work


@delete(
    "/desk/reports/{report_id:uuid}/claim",
    guards=[requires(TRIAGE)],
    status_code=200,
    responses=refuses(*MOVED, ClaimedByAnother, ReasonNeeded),
)
async def release_report(
    report_id: FromPath[UUID],
    tx: Injected[Transaction],
    if_match: IfMatch = None,
    reason: WhyIfNeeded = None,
) -> DeskReport:
    """Let go of a report that you have in hand; as a lead, with a reason, of a colleague's."""
    version = seen(if_match)
    return await shown(tx, await desk.release(tx, report_id, version=version, reason=reason))


@delete(
    "/desk/reports/{report_id:uuid}/assignments/{assignment_id:uuid}",
    guards=[requires(TRIAGE)],
    status_code=200,
    responses=refuses(*MOVED),
)
async def take_back_report(
    report_id: FromPath[UUID],
    assignment_id: FromPath[UUID],
    reason: Why,
    tx: Injected[Transaction],
    if_match: IfMatch = None,
) -> DeskReport:
    """Take a report back from its agency, or do without one that was to help."""
    version = seen(if_match)
    return await shown(
        tx, await coordination.take_back(tx, report_id, assignment_id, reason, version=version)
    )


@put(
    "/desk/reports/{report_id:uuid}/concern",
    guards=[requires(TRIAGE)],
    responses=refuses(*MOVED, UnknownAgency),
)
async def note_concern(
    report_id: FromPath[UUID],
    data: JSONBody[Concern],
    tx: Injected[Transaction],
    if_match: IfMatch = None,
) -> DeskReport:
    """Note which agency a report is about: it is neither given nor shown to that one."""
    agencies, version = tx.ask(AgencyRegister), seen(if_match)
    return await shown(
        tx, await coordination.concern(tx, report_id, data, version=version, agencies=agencies)
    )


@post(
    "/work/reports/{report_id:uuid}/return",
    guards=[requires(WORK)],
    status_code=204,
    responses=refuses(*MOVED, LimitReached, UnknownReason),
)
async def return_report(
    report_id: FromPath[UUID],
    data: JSONBody[Return],
    tx: Injected[Transaction],
    if_match: IfMatch = None,
) -> None:
    """Give a report back to the desk, twice at most. Your head hears of it."""
    await work.give_back(tx, report_id, data, version=seen(if_match))


@post(
    "/work/reports/{report_id:uuid}/handler",
    guards=[requires(WORK)],
    status_code=200,
    responses=refuses(*MOVED, UnknownOfficer),
)
async def hand_to_officer(
    report_id: FromPath[UUID],
    data: JSONBody[Handler],
    tx: Injected[Transaction],
    if_match: IfMatch = None,
) -> WorkReport:
    """Say which officer of your agency deals with it."""
    version, officers = seen(if_match), tx.ask(Officers)
    report = await work.hand_to(tx, report_id, data, version=version, officers=officers)
    return await work.show(tx, report, store=tx.ask(FileStore))


@post(
    "/work/reports/{report_id:uuid}/transfer",
    guards=[requires(WORK)],
    status_code=200,
    responses=refuses(*MOVED, PlanInThePast),
)
async def transfer_work(
    report_id: FromPath[UUID],
    data: JSONBody[Transfer],
    tx: Injected[Transaction],
    if_match: IfMatch = None,
) -> WorkReport:
    """Say who outside does the work for you, and until when. You still answer for it."""
    report = await work.transfer(tx, report_id, data, version=seen(if_match))
    return await work.show(tx, report, store=tx.ask(FileStore))


@post(
    "/work/reports/{report_id:uuid}/questions",
    guards=[requires(WORK)],
    status_code=200,
    responses=refuses(*MOVED, LimitReached),
)
async def propose_question(
    report_id: FromPath[UUID],
    data: JSONBody[Proposal],
    tx: Injected[Transaction],
    if_match: IfMatch = None,
) -> WorkReport:
    """Propose a question to the reporter; the desk asks it. Twice at most."""
    report = await work.inquire(tx, report_id, data, version=seen(if_match))
    return await work.show(tx, report, store=tx.ask(FileStore))


@post(
    "/work/reports/{report_id:uuid}/contribution",
    guards=[requires(WORK)],
    status_code=200,
    responses=refuses(*MOVED),
)
async def contribute_work(
    report_id: FromPath[UUID],
    data: JSONBody[Contribution],
    tx: Injected[Transaction],
    if_match: IfMatch = None,
) -> WorkReport:
    """Say what your agency has done that was to help."""
    await work.contribute(tx, report_id, data, version=seen(if_match))
    return await work.read(tx, report_id, store=tx.ask(FileStore))
