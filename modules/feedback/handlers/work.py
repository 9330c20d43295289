"""For agencies: what they were given, and what they did about it."""

from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from backend.kernel import (
    PHOTO_REFUSALS,
    IfMatch,
    Injected,
    NotFound,
    Photos,
    Snapshot,
    Transaction,
    UnknownFile,
    refuses,
    requires,
    seen,
)
from contracts.files import FileStore
from contracts.page import Page
from modules.feedback.errors import (
    CoordinatorsOpen,
    EvidenceNeeded,
    EvidenceNotNew,
    PlanInThePast,
    TooManyPhotos,
)
from modules.feedback.handlers.parameters import MOVED, TAKES_PHOTOS, Cursor, Limit
from modules.feedback.model.machines import AssignmentState
from modules.feedback.model.queues import LIVE
from modules.feedback.model.reports import Plan, Result
from modules.feedback.model.views import WorkItem, WorkReport
from modules.feedback.scopes import WORK
from modules.feedback.service import work


@get("/work/reports", guards=[requires(WORK)])
async def list_work(
    snapshot: Injected[Snapshot],
    assignment: Annotated[
        list[AssignmentState] | None,
        QueryParameter(max_items=7, description="Any of these; what is to be done when none."),
    ] = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Page[WorkItem]:
    """List what your agency was given, the oldest first."""
    states = assignment or LIVE
    return await work.offered(snapshot, states, cursor, limit, store=snapshot.ask(FileStore))


@get("/work/reports/{report_id:uuid}", guards=[requires(WORK)], responses=refuses(NotFound))
async def read_work_report(report_id: FromPath[UUID], snapshot: Injected[Snapshot]) -> WorkReport:
    """Read a report that your agency deals with: what and where exactly, never whose."""
    return await work.read(snapshot, report_id, store=snapshot.ask(FileStore))


@post(
    "/work/reports/{report_id:uuid}/acceptance",
    guards=[requires(WORK)],
    status_code=200,
    responses=refuses(*MOVED),
)
async def accept_assignment(
    report_id: FromPath[UUID], tx: Injected[Transaction], if_match: IfMatch = None
) -> WorkReport:
    """Say that your agency will deal with a report."""
    report = await work.accept(tx, report_id, version=seen(if_match))
    return await work.show(tx, report, store=tx.ask(FileStore))


@post(
    "/work/reports/{report_id:uuid}/plan",
    guards=[requires(WORK)],
    status_code=200,
    responses=refuses(*MOVED, PlanInThePast),
)
async def plan_work(
    report_id: FromPath[UUID],
    data: JSONBody[Plan],
    tx: Injected[Transaction],
    if_match: IfMatch = None,
) -> WorkReport:
    """Say on which day it will be done. The reporter reads it; it may be changed."""
    report = await work.plan(tx, report_id, data, version=seen(if_match))
    return await work.show(tx, report, store=tx.ask(FileStore))


@post(
    "/work/reports/{report_id:uuid}/result",
    guards=[requires(WORK)],
    status_code=200,
    opt=TAKES_PHOTOS,
    responses=refuses(
        *MOVED,
        TooManyPhotos,
        CoordinatorsOpen,
        EvidenceNeeded,
        EvidenceNotNew,
        UnknownFile,
        *PHOTO_REFUSALS,
    ),
)
async def give_result(
    report_id: FromPath[UUID],
    data: JSONBody[Result],
    photos: Injected[Photos],
    tx: Injected[Transaction],
    if_match: IfMatch = None,
) -> WorkReport:
    """Say what was done, and show it by a new photo where the category asks for one.

    Send JSON, with photos sent ahead named in `files`; or a form with a part `data` and parts
    `photos`.
    """
    store = tx.ask(FileStore)
    report = await work.finish(tx, report_id, data, photos, version=seen(if_match), store=store)
    return await work.show(tx, report, store=store)
