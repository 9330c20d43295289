"""For agencies that need more time, and for the desk, which decides."""

from uuid import UUID

from litestar import post, put
from litestar.params import FromPath, JSONBody

from backend.kernel import IfMatch, Injected, Transaction, refuses, requires, seen
from contracts.files import FileStore
from modules.feedback.errors import FourEyes, LimitReached, WindowOver
from modules.feedback.handlers.desk import shown
from modules.feedback.handlers.parameters import MOVED
from modules.feedback.model.reports import ExtensionDecision, ExtensionRequest, Reclassification
from modules.feedback.model.views import DeskReport, WorkReport
from modules.feedback.scopes import TRIAGE, WORK
from modules.feedback.service import deadlines, work


@post(
    "/work/reports/{report_id:uuid}/extensions",
    guards=[requires(WORK)],
    status_code=200,
    responses=refuses(*MOVED, LimitReached, WindowOver),
)
async def ask_extension(
    report_id: FromPath[UUID],
    data: JSONBody[ExtensionRequest],
    tx: Injected[Transaction],
    if_match: IfMatch = None,
) -> WorkReport:
    """Ask the desk for more time: once, before it is due, and never for what is urgent."""
    report = await deadlines.ask(tx, report_id, data, version=seen(if_match))
    return await work.show(tx, report, store=tx.ask(FileStore))


@post(
    "/desk/reports/{report_id:uuid}/extensions/{extension_id:uuid}/decision",
    guards=[requires(TRIAGE)],
    status_code=200,
    responses=refuses(*MOVED, FourEyes),
)
async def decide_extension(
    report_id: FromPath[UUID],
    extension_id: FromPath[UUID],
    data: JSONBody[ExtensionDecision],
    tx: Injected[Transaction],
    if_match: IfMatch = None,
) -> DeskReport:
    """Grant or refuse the time that an agency asked for. The reporter reads why, and both dates."""
    version = seen(if_match)
    return await shown(
        tx, await deadlines.decide(tx, report_id, extension_id, data, version=version)
    )


@put(
    "/desk/reports/{report_id:uuid}/class",
    guards=[requires(TRIAGE)],
    responses=refuses(*MOVED),
)
async def change_class(
    report_id: FromPath[UUID],
    data: JSONBody[Reclassification],
    tx: Injected[Transaction],
    if_match: IfMatch = None,
) -> DeskReport:
    """Count the deadline of a report by another class. What was promised first stays visible."""
    return await shown(tx, await deadlines.reclassify(tx, report_id, data, version=seen(if_match)))
