"""One's rights over one's data in a browser: ask, take everything along, have it erased."""

from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from backend.kernel import (
    Forbidden,
    Form,
    Injected,
    Nav,
    NotFound,
    Snapshot,
    StepUpNeeded,
    Transaction,
    requires,
)
from backend.kernel.auth import admit
from backend.kernel.pages import account_page
from backend.privacy import erasing, exporting, requests
from backend.privacy.handlers.account import caller, session, start_erasure, start_export
from backend.privacy.model import OPEN, Asked
from backend.privacy.scopes import ASK, TAKE_OUT
from backend.privacy.settings import Settings

_AT_ONCE: Final = 50
_HOME: Final = "/account/privacy/data"
_KINDS: Final = ("access", "rectify", "copy", "withdraw", "restrict", "object")

ACCOUNT_NAV: Final = (Nav(name="data", path=_HOME, scope=ASK, icon="page"),)


@get("/data", guards=[requires(ASK)])
async def show_own_data(tx: Injected[Transaction]) -> Response[str]:
    """Show one's requests with their clocks, one's archives, and how far an erasure is."""
    person_id = caller(tx)
    try:
        erasure = await erasing.own(tx, person_id)
    except NotFound:
        erasure = None
    return account_page(
        "privacy/own.html",
        tx.principal,
        requests=(await requests.own(tx, None, _AT_ONCE)).items,
        exports=await exporting.own(tx, person_id, session(tx)),
        erasure=erasure,
        kinds=_KINDS,
        open_states=OPEN,
        may_take_out=await _may_take_out(tx, person_id),
    )


@post("/requests", guards=[requires(ASK)], status_code=303)
async def ask_in_browser(form: Injected[Form], tx: Injected[Transaction]) -> Response[None]:
    """Ask something about one's data."""
    await requests.ask(tx, caller(tx), form.read(Asked), tx.ask(Settings))
    return _back()


@post("/requests/{request_id:uuid}/withdrawal", guards=[requires(ASK)], status_code=303)
async def withdraw_in_browser(
    request_id: FromPath[UUID], tx: Injected[Transaction]
) -> Response[None]:
    """Take a request back."""
    await requests.withdraw(tx, caller(tx), request_id)
    return _back()


@post("/export", guards=[requires(TAKE_OUT)], status_code=303)
async def export_in_browser(tx: Injected[Transaction]) -> Response[None]:
    """Have an archive of everything made for this session."""
    await start_export(tx)
    return _back()


@get("/exports/{export_id:uuid}/archive", guards=[requires(TAKE_OUT)])
async def fetch_in_browser(
    export_id: FromPath[UUID], snapshot: Injected[Snapshot]
) -> Response[bytes]:
    """Fetch an archive that this session has asked for."""
    raw = await exporting.fetch(snapshot, export_id, caller(snapshot), session(snapshot))
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": 'attachment; filename="tinhs-export.zip"',
    }
    return Response(raw, media_type="application/zip", headers=headers)


@post("/erasure", guards=[requires(TAKE_OUT)], status_code=303)
async def erase_in_browser(form: Injected[Form], tx: Injected[Transaction]) -> Response[None]:
    """Have everything erased that no law holds; without the tick nothing happens."""
    if form.text("sure"):
        await start_erasure(tx)
    return _back()


@post("/erasure/withdrawal", guards=[requires(ASK)], status_code=303)
async def keep_in_browser(tx: Injected[Transaction]) -> Response[None]:
    """Take the erasure back while it is cooling."""
    await erasing.withdraw(tx, caller(tx))
    return _back()


async def _may_take_out(tx: Transaction, person_id: UUID) -> bool:
    """Tell whether this session has proved enough, and lately, to take everything out."""
    try:
        admit(tx.principal, TAKE_OUT, tx.now)
        await exporting.require_strength(tx, person_id)
    except (StepUpNeeded, Forbidden):
        return False
    return True


def _back() -> Response[Any]:
    return Response(None, status_code=303, headers={"Location": _HOME})


ACCOUNT_PAGES: Final = (
    show_own_data,
    ask_in_browser,
    withdraw_in_browser,
    export_in_browser,
    fetch_in_browser,
    erase_in_browser,
    keep_in_browser,
)
