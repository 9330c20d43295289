"""For whoever is about to report what others have, and for the desk, which makes one of two."""

from uuid import UUID

from litestar import delete, get, post
from litestar.params import FromPath, JSONBody

from backend.kernel import (
    Anyone,
    IfMatch,
    Injected,
    NotFound,
    Snapshot,
    Transaction,
    refuses,
    requires,
    seen,
)
from contracts.files import FileStore
from modules.feedback.errors import NotMergeable, WindowOver, WouldCycle
from modules.feedback.handlers.desk import shown
from modules.feedback.handlers.parameters import MOVED, Why
from modules.feedback.model.hints import Draft, Hints, Similar
from modules.feedback.model.requests import Merge, Reason
from modules.feedback.model.views import DeskReport
from modules.feedback.scopes import TRIAGE
from modules.feedback.service import desk, duplicates, hints


@post("/hints", guards=[Anyone()], status_code=200)
async def give_hints(data: JSONBody[Draft], snapshot: Injected[Snapshot]) -> Hints:
    """Ask before sending: who reported the same, what it may be about, what others would see.

    Nothing of what you send is kept.
    """
    return await hints.given(snapshot, data, store=snapshot.ask(FileStore))


@get(
    "/desk/reports/{report_id:uuid}/similar",
    guards=[requires(TRIAGE)],
    responses=refuses(NotFound),
)
async def list_similar(report_id: FromPath[UUID], snapshot: Injected[Snapshot]) -> Similar:
    """List reports that this one may be the same as, with every part of each score."""
    report = await desk.find(snapshot, report_id)
    return Similar(items=await duplicates.similar(snapshot, report, store=snapshot.ask(FileStore)))


@post(
    "/desk/reports/{report_id:uuid}/merge",
    guards=[requires(TRIAGE)],
    status_code=200,
    responses=refuses(*MOVED, NotMergeable, WouldCycle),
)
async def merge_report(
    report_id: FromPath[UUID],
    data: JSONBody[Merge],
    tx: Injected[Transaction],
    if_match: IfMatch = None,
) -> DeskReport:
    """Let a report be another. It can be taken back, and everything is as it was."""
    return await shown(tx, await duplicates.merge(tx, report_id, data, version=seen(if_match)))


@delete(
    "/desk/reports/{report_id:uuid}/merge",
    guards=[requires(TRIAGE)],
    status_code=200,
    responses=refuses(*MOVED, WindowOver),
)
async def unmerge_report(
    report_id: FromPath[UUID],
    reason: Why,
    tx: Injected[Transaction],
    if_match: IfMatch = None,
) -> DeskReport:
    """Let a report be itself again, with everything that it had."""
    said = Reason(text=reason)
    return await shown(tx, await duplicates.unmerge(tx, report_id, said, version=seen(if_match)))
