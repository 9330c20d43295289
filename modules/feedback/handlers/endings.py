"""What the reporter thought of it, and whether it begins again."""

from uuid import UUID

from litestar import post, put
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
from contracts.files import FileStore
from contracts.territory import AgencyRegister
from modules.feedback.errors import (
    AgencyConcerned,
    AgencyNeeded,
    FourEyes,
    LimitReached,
    UnknownAgency,
    WindowOver,
)
from modules.feedback.handlers.desk import shown
from modules.feedback.handlers.parameters import MOVED, Token
from modules.feedback.model.requests import Rating, Reopening, ReopeningDecision
from modules.feedback.model.views import DeskReport, OwnReport
from modules.feedback.scopes import TRIAGE
from modules.feedback.service import endings, filing, tracking


@put(
    "/reports/{report_id:uuid}/rating",
    guards=[Anyone()],
    responses=refuses(*MOVED, WindowOver, LimitReached, TooManyRequests),
)
async def rate_report(
    report_id: FromPath[UUID],
    data: JSONBody[Rating],
    tx: Injected[Transaction],
    tries: Injected[Tries],
    tracking_token: Token = None,
    if_match: IfMatch = None,
) -> OwnReport:
    """Say how one of your own reports was handled. You may change it until the report closes."""
    await tracking.show(tx, tries, tracking_token, report_id=report_id)
    await endings.rate(tx, report_id, data, version=seen(if_match))
    return await filing.read(tx, report_id, store=tx.ask(FileStore))


@post(
    "/reports/{report_id:uuid}/reopening",
    guards=[Anyone()],
    status_code=200,
    responses=refuses(*MOVED, WindowOver, LimitReached, TooManyRequests),
)
async def reopen_report(
    report_id: FromPath[UUID],
    data: JSONBody[Reopening],
    tx: Injected[Transaction],
    tries: Injected[Tries],
    tracking_token: Token = None,
    if_match: IfMatch = None,
) -> OwnReport:
    """Ask that one of your own reports be dealt with again: twice at most, and in time."""
    await tracking.show(tx, tries, tracking_token, report_id=report_id)
    await endings.reopen(tx, report_id, data, version=seen(if_match))
    return await filing.read(tx, report_id, store=tx.ask(FileStore))


@post(
    "/desk/reports/{report_id:uuid}/reopening-decision",
    guards=[requires(TRIAGE)],
    status_code=200,
    responses=refuses(*MOVED, FourEyes, AgencyNeeded, UnknownAgency, AgencyConcerned),
)
async def decide_reopening(
    report_id: FromPath[UUID],
    data: JSONBody[ReopeningDecision],
    tx: Injected[Transaction],
    if_match: IfMatch = None,
) -> DeskReport:
    """Let a report begin again, or close it, and say why. After some days of silence it begins."""
    agencies, version = tx.ask(AgencyRegister), seen(if_match)
    return await shown(
        tx, await endings.decide(tx, report_id, data, version=version, agencies=agencies)
    )
