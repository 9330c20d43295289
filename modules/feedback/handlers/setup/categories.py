"""For administrators: what one can report, what is asked then, and by when it is dealt with."""

from typing import Annotated

from litestar import get, post, put
from litestar.params import FromPath, JSONBody, PathParameter, QueryParameter

from backend.kernel import (
    IfMatch,
    Injected,
    Snapshot,
    Transaction,
    VersionRequired,
    VersionStale,
    refuses,
    requires,
    seen,
)
from contracts.calendar import WorkingCalendar
from contracts.page import Page
from contracts.territory import AgencyRegister, CommuneRegister
from modules.feedback.errors import (
    DayInThePast,
    DayTaken,
    UnknownAgency,
    UnknownCategory,
    UnknownCommune,
    UnknownGroup,
)
from modules.feedback.handlers.parameters import Cursor, Limit
from modules.feedback.model.categories import DeadlineClass, Version
from modules.feedback.model.setup.categories import (
    CategoryDraft,
    CategoryEnd,
    CategoryOutlook,
    CategoryTrial,
    Versions,
)
from modules.feedback.model.setup.changes import Change, SetupKind
from modules.feedback.model.setup.routing import RoutingOutlook, RoutingTrial
from modules.feedback.model.setup.terms import ClassTerm, ClassTerms, TermDraft, TermOutlook
from modules.feedback.repository.setup import changes
from modules.feedback.scopes import CONFIGURE
from modules.feedback.service.setup import categories, routing, terms

Code = Annotated[str, PathParameter(pattern="^[a-z][a-z0-9-]{0,39}$")]


@get("/config/categories", guards=[requires(CONFIGURE)])
async def list_category_versions(snapshot: Injected[Snapshot]) -> Versions:
    """List every version of every category, those of other days included."""
    return Versions(items=await categories.versions(snapshot))


@get(
    "/config/categories/{code:str}/versions",
    guards=[requires(CONFIGURE)],
    responses=refuses(UnknownCategory),
)
async def read_category_versions(code: Code, snapshot: Injected[Snapshot]) -> Versions:
    """List the versions of a category, the oldest first."""
    return Versions(items=await categories.versions(snapshot, code))


@post(
    "/config/categories/{code:str}/versions",
    guards=[requires(CONFIGURE)],
    responses=refuses(VersionRequired, VersionStale, DayInThePast, UnknownGroup),
)
async def write_category_version(
    code: Code,
    data: JSONBody[CategoryDraft],
    tx: Injected[Transaction],
    if_match: IfMatch = None,
) -> Version:
    """Write the next version of a category, with its questions, in force from a day on.

    `If-Match` is the number of the newest version, `"0"` for a category that is new.
    """
    return await categories.write(tx, code, data, seen=seen(if_match))


@put(
    "/config/categories/{code:str}/end",
    guards=[requires(CONFIGURE)],
    responses=refuses(VersionRequired, VersionStale, DayInThePast, UnknownCategory),
)
async def end_category(
    code: Code,
    data: JSONBody[CategoryEnd],
    tx: Injected[Transaction],
    if_match: IfMatch = None,
) -> Version:
    """Let nobody report under a category from a day on. Its reports go on as they are."""
    return await categories.end(tx, code, data, seen=seen(if_match))


@post(
    "/config/categories/{code:str}/dry-run",
    guards=[requires(CONFIGURE)],
    status_code=200,
    responses=refuses(UnknownCommune, UnknownGroup),
)
async def try_category(
    code: Code, data: JSONBody[CategoryTrial], snapshot: Injected[Snapshot]
) -> CategoryOutlook:
    """Say what a version would ask, whom it would reach and by when. Nothing is kept."""
    return await categories.tried(
        snapshot,
        code,
        data,
        agencies=snapshot.ask(AgencyRegister),
        communes=snapshot.ask(CommuneRegister),
        calendar=snapshot.ask(WorkingCalendar),
    )


@get("/config/classes", guards=[requires(CONFIGURE)])
async def list_class_terms(snapshot: Injected[Snapshot]) -> ClassTerms:
    """List how long each class may take: the newest first, the settings' own last."""
    return await terms.listed(snapshot)


@post(
    "/config/classes/{deadline_class:str}/terms",
    guards=[requires(CONFIGURE)],
    responses=refuses(DayInThePast, DayTaken),
)
async def write_class_terms(
    deadline_class: FromPath[DeadlineClass], data: JSONBody[TermDraft], tx: Injected[Transaction]
) -> ClassTerm:
    """Say how long a class may take from a day on. What runs already keeps what was promised."""
    return await terms.write(tx, deadline_class, data)


@post(
    "/config/classes/{deadline_class:str}/dry-run",
    guards=[requires(CONFIGURE)],
    status_code=200,
    responses=refuses(DayInThePast),
)
async def try_class_terms(
    deadline_class: FromPath[DeadlineClass],
    data: JSONBody[TermDraft],
    snapshot: Injected[Snapshot],
) -> TermOutlook:
    """Say which open reports would be due on another day. Nothing is kept."""
    calendar = snapshot.ask(WorkingCalendar)
    return await terms.tried(snapshot, deadline_class, data, calendar=calendar)


@post(
    "/config/routing/dry-run",
    guards=[requires(CONFIGURE)],
    status_code=200,
    responses=refuses(UnknownAgency),
)
async def try_routing(data: JSONBody[RoutingTrial], snapshot: Injected[Snapshot]) -> RoutingOutlook:
    """Say which open reports would go to another agency. Nothing is changed."""
    return await routing.tried(snapshot, data, agencies=snapshot.ask(AgencyRegister))


@get("/config/history", guards=[requires(CONFIGURE)])
async def list_setup_changes(
    snapshot: Injected[Snapshot],
    kind: Annotated[SetupKind | None, QueryParameter(description="Of this kind alone.")] = None,
    code: Annotated[str | None, QueryParameter(max_length=90)] = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Page[Change]:
    """List who set up what, when and why, with what it was before; the newest first."""
    return await changes.listed(snapshot, kind, code, cursor, limit)
