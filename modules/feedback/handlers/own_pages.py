"""A citizen's own reports in a browser: what became of them, and what one may do now."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from backend.kernel import (
    BadRequest,
    Form,
    Injected,
    Nav,
    NotFound,
    Snapshot,
    Transaction,
    VersionStale,
    requires,
)
from backend.kernel.pages import account_page
from contracts.files import FileStore
from contracts.problem import Fault
from modules.feedback.errors import NotFromHere
from modules.feedback.handlers.buttons import Seen
from modules.feedback.handlers.pages import names
from modules.feedback.handlers.parameters import TAKES_PHOTOS, Cursor
from modules.feedback.model.files import FOR_REPORT
from modules.feedback.model.machines import Call
from modules.feedback.model.reports import Reply
from modules.feedback.model.requests import Rating, Reopening
from modules.feedback.scopes import OWN
from modules.feedback.service import endings, filing, questions

_HOME: Final = "/account/feedback/reports"
_AT_ONCE: Final = 50
OVERTAKEN: Final = (VersionStale, NotFromHere)
"""What is told to whoever pressed a button of a page that was drawn before something happened."""

OWN_NAV: Final = Nav(name="own", path=_HOME, scope=OWN, icon="pin")

Act = Callable[[Transaction, UUID, Form, int], Awaitable[None]]


async def _attach(tx: Transaction, report_id: UUID, form: Form, version: int) -> None:
    store = tx.ask(FileStore)
    photos = await store.receive(form.files("photos"), purpose=FOR_REPORT, about=report_id)
    if not photos:
        raise BadRequest(errors=[Fault(pointer="/photos", code="required")])
    await filing.attach_received(tx, report_id, photos, version=version)


async def _answer(tx: Transaction, report_id: UUID, form: Form, version: int) -> None:
    await questions.answer(tx, report_id, form.read(Reply), version=version)


async def _withdraw(tx: Transaction, report_id: UUID, _: Form, version: int) -> None:
    await filing.withdraw(tx, report_id, version=version)


async def _rate(tx: Transaction, report_id: UUID, form: Form, version: int) -> None:
    await endings.rate(tx, report_id, form.read(Rating), version=version)


async def _reopen(tx: Transaction, report_id: UUID, form: Form, version: int) -> None:
    await endings.reopen(tx, report_id, form.read(Reopening), version=version)


ACTS: Final[dict[Call, Act]] = {
    Call.ANSWER: _answer,
    Call.ATTACHMENT: _attach,
    Call.RATING: _rate,
    Call.REOPENING: _reopen,
    Call.WITHDRAWAL: _withdraw,
}
"""What a reporter does on a page, in the order in which it is offered."""


@get("/reports", guards=[requires(OWN)])
async def show_own_reports(snapshot: Injected[Snapshot], cursor: Cursor = None) -> Response[str]:
    """List one's own reports, newest first."""
    found = await filing.mine(snapshot, cursor, _AT_ONCE, store=snapshot.ask(FileStore))
    older = f"{_HOME}?cursor={found.next_cursor}" if found.next_cursor else ""
    return account_page(
        "feedback/own_reports.html", snapshot.principal, reports=found.items, older=older
    )


@get("/reports/{report_id:uuid}", guards=[requires(OWN)])
async def show_own_report(report_id: FromPath[UUID], snapshot: Injected[Snapshot]) -> Response[str]:
    """Show one of one's own reports, everything that happened to it, and what may be done."""
    return await _page(snapshot, report_id)


@post(
    "/reports/{report_id:uuid}/{call:str}",
    guards=[requires(OWN)],
    status_code=303,
    opt=TAKES_PHOTOS,
)
async def act_on_own(
    report_id: FromPath[UUID],
    call: FromPath[str],
    form: Injected[Form],
    tx: Injected[Transaction],
) -> Response[Any]:
    """Answer, rate, ask for more, or withdraw; who was overtaken is shown what happened."""
    try:
        async with tx.attempt():
            await act(tx, report_id, call, form)
    except OVERTAKEN as why:
        return await _page(tx, report_id, status=why.status, written={call: form.text("text")})
    return Response(None, status_code=303, headers={"Location": f"{_HOME}/{report_id}"})


async def act(tx: Transaction, report_id: UUID, call: str, form: Form) -> None:
    """Do what a button of one's own report says. Raises `NotFound` for what is no button."""
    does = next((each for known, each in ACTS.items() if known == call), None)
    if does is None:
        raise NotFound
    await does(tx, report_id, form, form.read(Seen).version)


async def _page(
    snapshot: Snapshot, report_id: UUID, *, status: int = 200, written: dict[str, str] | None = None
) -> Response[str]:
    values = await whole(snapshot, report_id, written)
    return account_page("feedback/own_report.html", snapshot.principal, status=status, **values)


async def whole(
    snapshot: Snapshot, report_id: UUID, written: Mapping[str, str] | None
) -> dict[str, Any]:
    """Return what a page shows of one's own report, and the words of whoever was overtaken."""
    report = await filing.read(snapshot, report_id, store=snapshot.ask(FileStore))
    buttons = [call.value for call in ACTS if call in report.allowed]
    homeless = [words for call, words in (written or {}).items() if call not in buttons]
    return {
        "report": report,
        "communes": await names(snapshot, {report.commune_code}),
        "buttons": buttons,
        "overtaken": written is not None,
        "written": written or {},
        "homeless": "".join(homeless),
        "now": snapshot.now,
    }


OWN_PAGES: Final = (show_own_reports, show_own_report, act_on_own)
