"""What the desk asks, and what the reporter answers."""

from uuid import UUID

from litestar import post
from litestar.params import FromPath, JSONBody

from backend.kernel import (
    Anyone,
    IfMatch,
    Injected,
    TooManyRequests,
    Transaction,
    Tries,
    refuses,
    requires,
    seen,
)
from contracts.calendar import WorkingCalendar
from contracts.files import FileStore
from modules.feedback.handlers.desk import shown
from modules.feedback.handlers.parameters import MOVED, Token
from modules.feedback.model.reports import Inquiry, Reply
from modules.feedback.model.views import DeskReport, OwnReport
from modules.feedback.scopes import TRIAGE
from modules.feedback.service import filing, questions, tracking
from modules.feedback.settings import Settings


@post(
    "/desk/reports/{report_id:uuid}/questions",
    guards=[requires(TRIAGE)],
    status_code=200,
    responses=refuses(*MOVED),
)
async def ask_question(
    report_id: FromPath[UUID],
    data: JSONBody[Inquiry],
    tx: Injected[Transaction],
    if_match: IfMatch = None,
) -> DeskReport:
    """Ask the reporter something. The deadline waits for the answer, for some days."""
    report = await questions.ask(
        tx,
        report_id,
        data,
        version=seen(if_match),
        days=tx.ask(Settings).answer_days,
        calendar=tx.ask(WorkingCalendar),
    )
    return await shown(tx, report)


@post(
    "/reports/{report_id:uuid}/answers",
    guards=[Anyone()],
    status_code=200,
    responses=refuses(*MOVED, TooManyRequests),
)
async def answer_question(
    report_id: FromPath[UUID],
    data: JSONBody[Reply],
    tx: Injected[Transaction],
    tries: Injected[Tries],
    tracking_token: Token = None,
    if_match: IfMatch = None,
) -> OwnReport:
    """Answer what the desk asked about one of your own reports."""
    await tracking.show(tx, tries, tracking_token, report_id=report_id)
    await questions.answer(tx, report_id, data, version=seen(if_match))
    return await filing.read(tx, report_id, store=tx.ask(FileStore))
