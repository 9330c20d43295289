"""A page for the desk: what went to systems of agencies, and what is stuck."""

from typing import Annotated, Final
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, QueryParameter

from backend.kernel import Injected, Nav, Snapshot, Transaction, requires
from backend.kernel.pages import work_page
from modules.feedback.handlers.parameters import Cursor
from modules.feedback.handlers.setup.parts import SETTINGS, Done, back
from modules.feedback.model.handovers import (
    HANDOVER,
    UNSETTLED,
    HandoverCall,
    HandoverFilter,
    HandoverState,
)
from modules.feedback.scopes import TRIAGE
from modules.feedback.service import dead_letters

_PAGE: Final = f"{SETTINGS}/handovers"
_AT_ONCE: Final = 30

HANDOVER_NAV: Final = Nav(name="handovers", path=_PAGE, scope=TRIAGE, icon="tools")


@get("/settings/handovers", guards=[requires(TRIAGE)])
async def show_handovers(
    snapshot: Injected[Snapshot],
    standing: Annotated[HandoverState | None, QueryParameter(name="state")] = None,
    cursor: Cursor = None,
    done: Done = "",
) -> Response[str]:
    """Show what goes to systems of agencies from one's communes: first what has not arrived."""
    wanted = HandoverFilter(states=UNSETTLED if standing is None else (standing,))
    page = await dead_letters.listed(snapshot, wanted, cursor, _AT_ONCE)
    asked = {} if standing is None else {"state": standing.value}
    older = {**asked, "cursor": page.next_cursor} if page.next_cursor else {}
    return work_page(
        "feedback/handovers.html",
        snapshot.principal,
        handovers=page.items,
        states=[state.value for state in HandoverState],
        state="" if standing is None else standing.value,
        stuck=[state for state in HandoverState if HANDOVER.may(state, HandoverCall.RETRY)],
        older=f"?{urlencode(older)}" if older else "",
        done=done,
    )


@post("/settings/handovers/{handover_id:uuid}/retry", guards=[requires(TRIAGE)], status_code=303)
async def retry_by_form(handover_id: FromPath[UUID], tx: Injected[Transaction]) -> Response[None]:
    """Send once more, now, what failed or was given up."""
    sent = await dead_letters.retry(tx, handover_id)
    return back(_PAGE, sent.code.lower())


HANDOVER_PAGES: Final = (show_handovers, retry_by_form)
