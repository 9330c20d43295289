"""An agency's pages: what it was given, and a report with what may be done now."""

from typing import Any, Final, get_args
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from backend.kernel import Form, Injected, Snapshot, Transaction, VersionStale, requires
from backend.kernel.pages import work_page
from contracts.files import FileStore
from modules.feedback.errors import NotFromHere
from modules.feedback.handlers.buttons import WORKING, pressed
from modules.feedback.handlers.console import (
    AT_ONCE,
    QUEUE,
    Sent,
    overtaken_by,
    said,
    shown_again,
)
from modules.feedback.handlers.pages import names
from modules.feedback.handlers.parameters import TAKES_PHOTOS, Cursor
from modules.feedback.model.queues import LIVE
from modules.feedback.model.requests import ReturnReason
from modules.feedback.scopes import WORK
from modules.feedback.service import work


@get("/work", guards=[requires(WORK)])
async def show_work(
    snapshot: Injected[Snapshot], cursor: Cursor = None, sent: Sent = ""
) -> Response[str]:
    """Show what an officer's agency was given, the oldest first."""
    store = snapshot.ask(FileStore)
    found = await work.offered(snapshot, LIVE, cursor, AT_ONCE, store=store)
    return work_page(
        "feedback/work.html",
        snapshot.principal,
        reports=found.items,
        communes=await names(snapshot, {item.commune_code for item in found.items}),
        now=snapshot.now,
        sent=said(sent),
        older=f"?{urlencode({'cursor': found.next_cursor})}" if found.next_cursor else "",
    )


@get("/work/{report_id:uuid}", guards=[requires(WORK)])
async def show_work_report(
    report_id: FromPath[UUID], snapshot: Injected[Snapshot], sent: Sent = ""
) -> Response[str]:
    """Show a report as the agency reads it that deals with it."""
    return await _page(snapshot, report_id, sent=sent)


@post(
    "/work/{report_id:uuid}/{call:str}",
    guards=[requires(WORK)],
    status_code=303,
    opt=TAKES_PHOTOS,
)
async def act_at_work(
    report_id: FromPath[UUID],
    call: FromPath[str],
    form: Injected[Form],
    tx: Injected[Transaction],
) -> Response[Any]:
    """Do what a button of the agency's page says, and show the report again."""
    try:
        done = await pressed(tx, WORKING, report_id, call, form)
    except (VersionStale, NotFromHere) as overtaken:
        return await _page(tx, report_id, lost=(call, form), why=overtaken)
    if call == "return":  # whose it is not any more, they do not read
        return shown_again(f"{QUEUE}/work", done, call)
    return shown_again(f"{QUEUE}/work/{report_id}", done, call)


async def _page(
    snapshot: Snapshot, report_id: UUID, *, sent: str = "", **overtaken: Any
) -> Response[str]:
    report = await work.read(snapshot, report_id, store=snapshot.ask(FileStore))
    buttons = [call.value for call in WORKING if call in report.allowed]
    return work_page(
        "feedback/work_report.html",
        snapshot.principal,
        report=report,
        communes=await names(snapshot, {report.commune_code}),
        buttons=buttons,
        returns=get_args(ReturnReason),
        now=snapshot.now,
        sent=said(sent),
        **overtaken_by(report.timeline, buttons, **overtaken),
    )


PAGES: Final = (show_work, show_work_report, act_at_work)
