"""Pages for administrators: a category's versions, and the next one, tried before it counts."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
from litestar import Response, get, post
from litestar.params import QueryParameter

from backend.kernel import (
    VIETNAM,
    BadRequest,
    DomainError,
    Form,
    Injected,
    Snapshot,
    Transaction,
    requires,
)
from backend.kernel.locale import language
from backend.kernel.pages import work_page
from contracts.calendar import WorkingCalendar
from contracts.problem import Fault
from contracts.territory import AgencyRegister, CommuneRegister
from modules.feedback.handlers.setup.parts import (
    SETTINGS,
    Done,
    back,
    name_of,
    version_of,
    why,
    wrong,
)
from modules.feedback.model.categories import Version
from modules.feedback.model.setup.categories import (
    CategoryDraft,
    CategoryEnd,
    CategoryOutlook,
    CategoryTrial,
)
from modules.feedback.model.setup.sheets import (
    FIELDS,
    QUESTIONS_MAX,
    draft_in,
    rows_in,
    rows_of,
    sheet_of,
)
from modules.feedback.scopes import CONFIGURE
from modules.feedback.service.setup import categories

_PAGE: Final = f"{SETTINGS}/category"
_PATH: Final = re.compile(r"\$\.?([\w.\[\]]*)`$")
_BOXES: Final = ("commune_code", "filed_at")

Code = Annotated[str, QueryParameter(pattern="^[a-z][a-z0-9-]{0,39}$")]


@get("/settings/category", guards=[requires(CONFIGURE)])
async def show_category(code: Code, snapshot: Injected[Snapshot], done: Done = "") -> Response[str]:
    """Show the versions of a category and the form of the next; an empty one for a new category."""
    return await _shown(snapshot, code, done=done)


@post("/settings/category", guards=[requires(CONFIGURE)], status_code=200)
async def keep_category(form: Injected[Form], tx: Injected[Transaction]) -> Response[Any]:
    """Keep the next version of a category, or say what it would do and keep nothing."""
    code = name_of(form)
    try:
        draft = _draft(form)
        if form.text("do") == "try":
            trial = _trial(tx, draft, form)
            outlook = await categories.tried(
                tx,
                code,
                trial,
                agencies=tx.ask(AgencyRegister),
                communes=tx.ask(CommuneRegister),
                calendar=tx.ask(WorkingCalendar),
            )
            return await _shown(tx, code, said=form, tried=(trial, outlook))
        await categories.write(tx, code, draft, seen=version_of(form))
    except DomainError as refused:
        return await _shown(tx, code, said=form, refused=refused)
    return back(f"{_PAGE}?code={code}", code)


@post("/settings/category/end", guards=[requires(CONFIGURE)], status_code=303)
async def close_category(form: Injected[Form], tx: Injected[Transaction]) -> Response[Any]:
    """Let nobody report under a category from a day on."""
    code = name_of(form)
    try:
        await categories.end(tx, code, form.read(CategoryEnd), seen=version_of(form))
    except DomainError as refused:
        return await _shown(tx, code, refused=refused)
    return back(f"{_PAGE}?code={code}", code)


def _draft(form: Form) -> CategoryDraft:
    """Return the version that a form describes. Raises `BadRequest` with the place at fault."""
    try:
        return msgspec.convert(draft_in(form.text), CategoryDraft, strict=False)
    except msgspec.ValidationError as error:
        found = _PATH.search(str(error))
        pointer = "/" + re.sub(r"[.\[\]]+", "/", found[1] if found else "").strip("/")
        raise BadRequest(errors=[Fault(pointer=pointer, code="inconsistent")]) from error


def _trial(snapshot: Snapshot, draft: CategoryDraft, form: Form) -> CategoryTrial:
    """Return where and when a version is tried. Raises `BadRequest`."""
    said = {name: text for name in _BOXES if (text := form.text(name).strip())}
    try:
        moment = datetime.fromisoformat(said["filed_at"]) if "filed_at" in said else snapshot.now
        filed_at = moment if moment.tzinfo else moment.replace(tzinfo=VIETNAM)
        given = {"draft": draft, "commune_code": said.get("commune_code"), "filed_at": filed_at}
        return msgspec.convert(given, CategoryTrial)
    except (ValueError, msgspec.ValidationError) as error:
        faults = [Fault(pointer=f"/{name}", code="format") for name in _BOXES]
        raise BadRequest(errors=faults) from error


async def _shown(
    snapshot: Snapshot,
    code: str,
    *,
    said: Form | None = None,
    tried: tuple[CategoryTrial, CategoryOutlook] | None = None,
    refused: DomainError | None = None,
    done: str = "",
) -> Response[str]:
    every = await categories.versions(snapshot)
    known = sorted((each for each in every if each.code == code), key=_number)
    newest = known[-1] if known else None
    begun: Mapping[str, str] = {} if newest is None else sheet_of(newest)
    if said is not None:
        begun = {name: said.text(name) for name in (*FIELDS, *_BOXES)}
    rows = rows_of(() if newest is None else newest.questions)
    return work_page(
        "feedback/category.html",
        snapshot.principal,
        status=200 if refused is None else refused.status,
        code=code,
        versions=known[::-1],
        newest=newest,
        number=0 if newest is None else newest.number,
        written={name: begun.get(name, "") for name in (*FIELDS, *_BOXES)},
        rows=rows if said is None else rows_in(said.text),
        is_too_long=newest is not None and len(newest.questions) > QUESTIONS_MAX,
        groups={
            each.group_code: each.group_vi if language.get() == "vi" else each.group_en
            for each in every
        },
        filed_at=None if tried is None else tried[0].filed_at,
        outlook=None if tried is None else tried[1],
        refused="" if refused is None else why(refused),
        wrong=[] if refused is None else wrong(refused),
        now=snapshot.now.astimezone(VIETNAM),
        done=done,
    )


def _number(version: Version) -> int:
    return version.number


CATEGORY_PAGES: Final = (show_category, keep_category, close_category)
