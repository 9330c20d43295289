"""An agency at work: what it was given, when it means to do it, what it did."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from backend.kernel import Photos, Snapshot, Transaction
from contracts.files import FileStore, StoredFile
from contracts.page import Page
from modules.feedback.errors import (
    EvidenceNeeded,
    EvidenceNotNew,
    PlanInThePast,
    TooManyPhotos,
)
from modules.feedback.model.files import FOR_RESULT
from modules.feedback.model.machines import AssignmentState, Call, Who, after
from modules.feedback.model.reports import PHOTOS_MAX, Plan, Report, Result
from modules.feedback.model.views import WorkItem, WorkReport
from modules.feedback.repository import reports
from modules.feedback.repository import work as repository
from modules.feedback.scopes import WORK
from modules.feedback.service import categories, reading
from modules.feedback.service.moves import Words, make, not_from_here
from modules.feedback.service.projection import settle

LIVE: Final = (AssignmentState.OFFERED, AssignmentState.ACCEPTED, AssignmentState.WORKING)
"""What an agency is shown when it does not say which states it wants: what it has to do."""


async def offered(
    snapshot: Snapshot,
    states: Sequence[AssignmentState],
    cursor: str | None,
    limit: int,
    *,
    store: FileStore,
) -> Page[WorkItem]:
    """Return what the officer's agency was given, the oldest first."""
    page = await repository.offered(snapshot, states, cursor, limit)
    items = [await reading.work_item(snapshot, row, store=store) for row in page.items]
    return Page(items=items, next_cursor=page.next_cursor)


async def find(snapshot: Snapshot, report_id: UUID) -> Report:
    """Return a report that the officer's agency deals with. Any other does not exist."""
    return snapshot.check(WORK, await reports.find(snapshot, report_id))


async def show(snapshot: Snapshot, report: Report, *, store: FileStore) -> WorkReport:
    """Return a report as its agency reads it."""
    return await reading.work(snapshot, report, store=store)


async def accept(tx: Transaction, report_id: UUID, *, version: int) -> Report:
    """Say that the agency will deal with it."""
    report = await find(tx, report_id)
    await make(tx, report, Call.ACCEPTANCE, Who.AGENCY, version=version)
    return await settle(tx, report)


async def plan(tx: Transaction, report_id: UUID, plan: Plan, *, version: int) -> Report:
    """Say on which day it will be done; its reporter reads it. Raises `PlanInThePast`."""
    report = await find(tx, report_id)
    if plan.planned_for < tx.today:
        raise PlanInThePast
    said = Words(codes=(plan.planned_for.isoformat(),))
    await make(tx, report, Call.PLAN, Who.AGENCY, version=version, words=said)
    if report.assignment_id is not None:
        await repository.plan(tx, report.assignment_id, plan.planned_for)
    return await settle(tx, report)


async def finish(
    tx: Transaction,
    report_id: UUID,
    result: Result,
    photos: Photos,
    *,
    version: int,
    store: FileStore,
) -> Report:
    """Say what was done and show it; the desk judges.

    Raises `TooManyPhotos`, `EvidenceNeeded`, `EvidenceNotNew` and what `FileStore` refuses.
    """
    report = await find(tx, report_id)
    if after(report.standing, Call.RESULT) is None:
        raise not_from_here(report, Who.AGENCY)
    if len(photos.contents) + len(result.files) > PHOTOS_MAX:
        raise TooManyPhotos(most=PHOTOS_MAX)
    evidence = [
        *await store.receive(photos.contents, purpose=FOR_RESULT, about=report_id),
        *await store.claim(result.files, purpose=FOR_RESULT, about=report_id),
    ]
    await _check_evidence(tx, report, evidence)
    said = Words(text=result.text, photos=evidence)
    seq = await make(tx, report, Call.RESULT, Who.AGENCY, version=version, words=said)
    await reports.attach(tx, report_id, seq, "evidence", evidence)
    if report.assignment_id is not None:
        await repository.finish(tx, report.assignment_id, seq)
    return await settle(tx, report)


async def _check_evidence(tx: Transaction, report: Report, evidence: Sequence[StoredFile]) -> None:
    category = await categories.of(tx, report)
    if category.evidence == "photo" and not evidence:
        raise EvidenceNeeded
    if evidence and await reports.knows_photo(tx, [photo.sha256 for photo in evidence]):
        raise EvidenceNotNew
