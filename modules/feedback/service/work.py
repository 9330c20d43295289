"""An agency at work: what it was given, when it means to do it, what it did."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from msgspec.structs import replace

from backend.kernel import Photos, Snapshot, Transaction
from contracts.feedback import ReportPlanned, ReportReturned, ReturnRefused
from contracts.files import FileStore, StoredFile
from contracts.identity import Officers
from contracts.page import Page
from modules.feedback.errors import (
    CoordinatorsOpen,
    EvidenceNeeded,
    EvidenceNotNew,
    LimitReached,
    PlanInThePast,
    TooManyPhotos,
    UnknownOfficer,
)
from modules.feedback.model.files import FOR_RESULT
from modules.feedback.model.machines import AssignmentState, Call, Who, after, allowed
from modules.feedback.model.reports import PHOTOS_MAX, Plan, Report, Result
from modules.feedback.model.requests import (
    Contribution,
    Handler,
    Proposal,
    Return,
    Transfer,
)
from modules.feedback.model.views import WorkItem, WorkReport
from modules.feedback.repository import questions, reports
from modules.feedback.repository import work as repository
from modules.feedback.scopes import WORK
from modules.feedback.service import categories, reading
from modules.feedback.service.moves import Words, make, not_from_here
from modules.feedback.service.projection import settle
from modules.feedback.service.setup import wording

RETURNS_MAX: Final = 2
INQUIRIES_MAX: Final = 2


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
    """Return a report as the agency reads it that leads."""
    calls = allowed(report.standing, Who.AGENCY)
    return await reading.work(snapshot, report, calls, store=store)


async def read(snapshot: Snapshot, report_id: UUID, *, store: FileStore) -> WorkReport:
    """Return a report as its agency reads it, be it that it leads or that it helps."""
    report = await reports.find(snapshot, report_id)
    mine = await _helping(snapshot, report_id)
    if report is None or not mine:
        return await show(snapshot, await find(snapshot, report_id), store=store)
    is_open = mine[0].state is AssignmentState.OFFERED
    calls = allowed(report.standing, Who.COORDINATOR) if is_open else ()
    # Row policies hide the work of the agency that leads; this one is shown its own.
    report = replace(report, assignment=mine[0].state)
    return await reading.work(snapshot, report, calls, store=store)


async def contribute(
    tx: Transaction, report_id: UUID, contribution: Contribution, *, version: int
) -> Report:
    """Say that the agency, which was to help, has done its part."""
    helping = await _helping(tx, report_id)
    report = await reading.report(tx, report_id) if helping else await find(tx, report_id)
    mine = [each for each in helping if each.state is AssignmentState.OFFERED]
    if not mine:
        raise not_from_here(report, Who.COORDINATOR)
    said = Words(text=contribution.text, codes=(str(mine[0].owner_agency_id),))
    await make(tx, report, Call.CONTRIBUTION, Who.COORDINATOR, version=version, words=said)
    await repository.move(tx, mine[0].id, AssignmentState.DONE)
    return report


async def accept(tx: Transaction, report_id: UUID, *, version: int) -> Report:
    """Say that the agency will deal with it."""
    report = await find(tx, report_id)
    await make(tx, report, Call.ACCEPTANCE, Who.AGENCY, version=version)
    return await settle(tx, report)


async def give_back(tx: Transaction, report_id: UUID, said: Return, *, version: int) -> Report:
    """Give a report back to the desk. Raises `LimitReached` when it has come back twice.

    The head of the agency hears of each return, and of one that was refused.
    """
    report = await find(tx, report_id)
    agency_id = report.owner_agency_id
    if agency_id is None or after(report.standing, Call.RETURN) is None:
        raise not_from_here(report, Who.AGENCY)
    if report.returns >= RETURNS_MAX:
        refused = ReturnRefused(report_id=report_id, agency_id=agency_id)
        raise LimitReached(most=RETURNS_MAX, event=refused)
    await wording.require(tx, "return", said.reason)
    words = Words(text=said.text, codes=(said.reason,))
    await make(tx, report, Call.RETURN, Who.AGENCY, version=version, words=words)
    await repository.cancel_coordinators(tx, report_id)
    settled = await settle(tx, report)
    await tx.publish(
        ReportReturned(report_id=report_id, agency_id=agency_id, returns=settled.returns)
    )
    return settled


async def hand_to(
    tx: Transaction, report_id: UUID, to: Handler, *, version: int, officers: Officers
) -> Report:
    """Say which officer of the agency deals with it. Raises `UnknownOfficer`."""
    report = await find(tx, report_id)
    await make(tx, report, Call.HANDLER, Who.AGENCY, version=version)
    await require_colleague(officers, to.staff_id, report.owner_agency_id)
    if report.assignment_id is not None:
        await repository.hand_to(tx, report.assignment_id, to.staff_id)
    return await settle(tx, report)


async def require_colleague(officers: Officers, staff_id: UUID, agency_id: UUID | None) -> None:
    """Raise `UnknownOfficer` unless the agency has such an officer, who deals with reports."""
    if agency_id is None or not await officers.work_in(staff_id, agency_id, roles=WORK.roles):
        raise UnknownOfficer


async def transfer(tx: Transaction, report_id: UUID, to: Transfer, *, version: int) -> Report:
    """Say who outside does it, and until when. Raises `PlanInThePast`."""
    report = await find(tx, report_id)
    if to.until < tx.today:
        raise PlanInThePast
    said = Words(text=to.to, codes=(to.until.isoformat(),))
    await make(tx, report, Call.TRANSFER, Who.AGENCY, version=version, words=said)
    if report.assignment_id is not None:
        await repository.transfer(tx, report.assignment_id, to)
    return await settle(tx, report)


async def inquire(tx: Transaction, report_id: UUID, proposal: Proposal, *, version: int) -> Report:
    """Propose a question to the reporter, twice a cycle at most. Raises `LimitReached`."""
    report = await find(tx, report_id)
    said = Words(text=proposal.text)
    await make(tx, report, Call.INQUIRY, Who.AGENCY, version=version, words=said)
    if not await questions.propose(tx, report, proposal.text, most=INQUIRIES_MAX):
        raise LimitReached(most=INQUIRIES_MAX)
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
    settled = await settle(tx, report)
    await tx.publish(ReportPlanned(report_id=report_id, planned_for=plan.planned_for))
    return settled


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
    waiting = await repository.coordinators(tx, report_id)
    late = [each for each in waiting if each.state is AssignmentState.OFFERED]
    if late:
        raise CoordinatorsOpen(agencies=[str(each.owner_agency_id) for each in late])
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


async def _helping(snapshot: Snapshot, report_id: UUID) -> Sequence[repository.Coordinator]:
    """Return how the caller's agency helps, which is once or not at all."""
    who, rule = snapshot.principal, WORK.rule
    found = await repository.coordinators(snapshot, report_id)
    return [each for each in found if rule is not None and rule.test(who, each)]


async def _check_evidence(tx: Transaction, report: Report, evidence: Sequence[StoredFile]) -> None:
    category = await categories.of(tx, report)
    if category.evidence == "photo" and not evidence:
        raise EvidenceNeeded
    if evidence and await reports.knows_photo(tx, [photo.sha256 for photo in evidence]):
        raise EvidenceNotNew
