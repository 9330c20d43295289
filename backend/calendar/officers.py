"""The page of the calendar: a year as a grid, and what another list of days would move."""

from typing import Annotated, Any, Final, TypeAlias

import msgspec
from litestar import Response, get, post
from litestar.params import QueryParameter

from backend.calendar import repository, sheets, years
from backend.calendar.errors import UnknownYear
from backend.calendar.model import CalendarYear, SpecialDay, YearDraft
from backend.calendar.scopes import EDIT
from backend.kernel import (
    BadRequest,
    DomainError,
    Form,
    Injected,
    Nav,
    Snapshot,
    Transaction,
    requires,
    t,
)
from backend.kernel.forms import FILES_MAX
from backend.kernel.pages import work_page
from contracts.problem import Fault

_PAGE: Final = "/console/calendar/year"
_FILE_BYTES_MAX: Final = 256 * 1024
_SHOWN: Final = 60
"""Moved deadlines that are listed; of more, how many."""

NAV: Final = (Nav(name="year", path=_PAGE, scope=EDIT, icon="board"),)

Number: TypeAlias = Annotated[int | None, QueryParameter(name="year", ge=2000, le=2100)]
Done: TypeAlias = Annotated[str, QueryParameter(pattern="^(kept)?$", description="Just now.")]


@get("/year", guards=[requires(EDIT)])
async def show_year(
    snapshot: Injected[Snapshot], number: Number = None, done: Done = ""
) -> Response[str]:
    """Show on which days of a year offices work, and the table that it was made of."""
    return await _shown(snapshot, await _known(snapshot, number or snapshot.today.year), done=done)


@post(
    "/year",
    guards=[requires(EDIT)],
    status_code=200,
    request_max_body_size=_FILE_BYTES_MAX,
    opt={FILES_MAX: 1},
)
async def keep_year(form: Injected[Form], tx: Injected[Transaction]) -> Response[Any]:
    """Keep the days of a year, once somebody has seen what that moves; before, say what."""
    known = await _known(tx, _number(form, "year", 2000, 2100))
    text = form.text("days")
    try:
        if content := next(iter(form.files("file")), b""):
            text = _text(content)
        draft = _draft(form, text)
        if form.text("do") == "keep":
            await years.write(tx, known.year, draft, seen=_number(form, "version", 0, 10**9))
            to = f"{_PAGE}?year={known.year}&done=kept"
            return Response(None, status_code=303, headers={"Location": to})
        years.require_fit(known.year, draft, was_confirmed=known.confirmed)
    except DomainError as refused:
        return await _shown(tx, known, said=form, text=text, refused=refused)
    return await _shown(tx, known, said=form, text=text, days=draft.days)


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadRequest(errors=[Fault(pointer="/file", code="format")]) from error


def _draft(form: Form, text: str) -> YearDraft:
    """Return the year that a form describes. Raises `BadRequest`."""
    given = {
        "source": form.text("source").strip(),
        "confirmed": form.text("confirmed") == "true",
        "days": sheets.days_in(text),
    }
    try:
        return msgspec.convert(given, YearDraft)
    except msgspec.ValidationError as error:
        raise BadRequest(errors=[Fault(pointer="/source", code="required")]) from error


async def _known(snapshot: Snapshot, number: int) -> CalendarYear:
    try:
        return await years.read(snapshot, number)
    except UnknownYear:
        return CalendarYear(year=number, source="", confirmed=False, version=0, days=())


def _number(form: Form, name: str, least: int, most: int) -> int:
    text = form.text(name)
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and least <= int(text) <= most):
        raise BadRequest(errors=[Fault(pointer=f"/{name}", code="format")])
    return int(text)


async def _shown(
    snapshot: Snapshot,
    known: CalendarYear,
    *,
    said: Form | None = None,
    text: str | None = None,
    days: tuple[SpecialDay, ...] | None = None,
    refused: DomainError | None = None,
    done: str = "",
) -> Response[str]:
    before = await repository.calendar(snapshot)
    shown = known.days if days is None else days
    after = sheets.with_year(before, known.year, shown)
    moved = [] if days is None else sheets.shifts(known.year, before, after)
    return work_page(
        "calendar/year.html",
        snapshot.principal,
        status=200 if refused is None else refused.status,
        known=known,
        months=sheets.grid(known.year, after, shown),
        days=shown,
        text=sheets.as_csv(known.days) if text is None else text,
        source=known.source if said is None else said.text("source"),
        confirmed=known.confirmed if said is None else said.text("confirmed") == "true",
        is_look=days is not None,
        changes=[] if days is None else sheets.changed(known.days, days),
        shifts=moved[:_SHOWN],
        more=max(0, len(moved) - _SHOWN),
        refused="" if refused is None else _why(refused),
        done=done,
    )


def _why(refused: DomainError) -> str:
    """Say why the days are not kept, and in which lines of the table that is."""
    said = t(f"{refused.slug.partition('/')[0]}.problems.{refused.slug}")
    lines = [
        parts[1]
        for fault in refused.errors
        if (parts := (fault.pointer or "").strip("/").split("/"))[0] == "lines"
    ]
    return f"{said}: {t('calendar.page.lines', lines=', '.join(lines))}" if lines else said


PAGES: Final = (show_year, keep_year)
