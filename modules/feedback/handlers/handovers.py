"""For the desk: what went to systems of agencies, and what did not arrive there."""

from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, QueryParameter

from backend.kernel import Injected, NotFound, Snapshot, Transaction, refuses, requires
from contracts.page import Page
from modules.feedback.errors import NotFromHere
from modules.feedback.handlers.parameters import Cursor, Limit
from modules.feedback.model.handovers import (
    UNSETTLED,
    HandoverCard,
    HandoverFilter,
    HandoverState,
)
from modules.feedback.scopes import TRIAGE
from modules.feedback.service import dead_letters


@get("/desk/handovers", guards=[requires(TRIAGE)])
async def list_handovers(
    snapshot: Injected[Snapshot],
    states: Annotated[
        list[HandoverState] | None,
        QueryParameter(
            name="state",
            max_items=7,
            description="Any of these; whatever has not arrived when none is named.",
        ),
    ] = None,
    report: Annotated[
        UUID | None, QueryParameter(name="report_id", description="Of this report alone.")
    ] = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Page[HandoverCard]:
    """List what goes to systems of agencies from your communes, the oldest first."""
    wanted = HandoverFilter(states=tuple(states or UNSETTLED), report_id=report)
    return await dead_letters.listed(snapshot, wanted, cursor, limit)


@post(
    "/desk/handovers/{handover_id:uuid}/retry",
    guards=[requires(TRIAGE)],
    status_code=200,
    responses=refuses(NotFound, NotFromHere),
)
async def retry_handover(handover_id: FromPath[UUID], tx: Injected[Transaction]) -> HandoverCard:
    """Send once more, now, what failed or was given up; the system knows it by the same name."""
    return await dead_letters.retry(tx, handover_id)


ROUTES = (list_handovers, retry_handover)
