"""A report without an account in a browser: whoever has its token reads it, and does what one may.

The token stays out of every address: a form brings it, and so does each button of the page.
"""

from typing import Final
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from backend.kernel import (
    Anyone,
    Form,
    Injected,
    NotFound,
    Snapshot,
    Transaction,
    Tries,
)
from backend.kernel.pages import page
from modules.feedback.handlers.own_pages import OVERTAKEN, act, whole
from modules.feedback.handlers.parameters import TAKES_PHOTOS
from modules.feedback.service import tracking

_NOT_KEPT: Final = {"Cache-Control": "no-store"}


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """What every button of the page shows: the report, and what opens it."""

    report_id: UUID


@get("/track", guards=[Anyone()])
async def show_track_form() -> Response[str]:
    """Ask for the token. A link for people brings it behind `#`, where a script finds it."""
    return _asked(missed=False)


@post("/track", guards=[Anyone()], status_code=200)
async def show_tracked(
    form: Injected[Form], snapshot: Injected[Snapshot], tries: Injected[Tries]
) -> Response[str]:
    """Show the report that a token opens, everything that happened to it, and what may be done."""
    try:
        report_id = await tracking.show(snapshot, tries, form.text("token"))
        return await _page(snapshot, form, report_id)
    except NotFound:
        return _asked(missed=True)


@post("/track/{call:str}", guards=[Anyone()], status_code=200, opt=TAKES_PHOTOS)
async def act_on_tracked(
    call: FromPath[str],
    form: Injected[Form],
    tx: Injected[Transaction],
    tries: Injected[Tries],
) -> Response[str]:
    """Answer, attach, rate, ask for more, or withdraw; who was overtaken is shown what happened."""
    report_id = form.read(Opened).report_id
    try:
        await tracking.show(tx, tries, form.text("token"), report_id=report_id)
    except NotFound:
        return _asked(missed=True)
    try:
        async with tx.attempt():
            await act(tx, report_id, call, form)
    except OVERTAKEN as why:
        written = {call: form.text("text")}
        return await _page(tx, form, report_id, status=why.status, written=written)
    return await _page(tx, form, report_id, done=call)


def _asked(*, missed: bool) -> Response[str]:
    return page(
        "feedback/track.html",
        status=404 if missed else 200,
        headers=_NOT_KEPT,
        scripts="own",
        report=None,
        missed=missed,
    )


async def _page(
    snapshot: Snapshot,
    form: Form,
    report_id: UUID | None,
    *,
    status: int = 200,
    written: dict[str, str] | None = None,
    done: str = "",
) -> Response[str]:
    if report_id is None:
        raise NotFound
    return page(
        "feedback/track.html",
        status=status,
        headers=_NOT_KEPT,
        scripts="own",
        shown=form.text("token"),
        done=done,
        **await whole(snapshot, report_id, written),
    )


TRACK_PAGES: Final = (show_track_form, show_tracked, act_on_tracked)
