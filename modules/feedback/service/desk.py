"""The desk: what has come in, whose it is, and whether what was done about it is enough."""

from typing import Final
from uuid import UUID

from backend.kernel import NotFound, Snapshot, Transaction
from contracts.feedback import ReportAssigned, ReportDeclined, ReportResolved
from contracts.files import FileStore
from contracts.page import Page
from contracts.territory import AgencyRegister
from modules.feedback.errors import (
    ClaimedByAnother,
    EvidenceDoubtful,
    FourEyes,
    ReasonNeeded,
)
from modules.feedback.model.machines import Call, PublicationState, ReportState, Who, after
from modules.feedback.model.masks import spans
from modules.feedback.model.queues import QueueFilter
from modules.feedback.model.reports import (
    Declination,
    Destination,
    Doubt,
    Hiding,
    Refusal,
    Report,
)
from modules.feedback.model.suspicion import has_link
from modules.feedback.model.views import DeskItem, DeskReport
from modules.feedback.repository import desk as repository
from modules.feedback.repository import history, reports, work
from modules.feedback.scopes import SEALER, TRIAGE
from modules.feedback.service import categories, reading, routing
from modules.feedback.service.moves import Words, make
from modules.feedback.service.projection import settle
from modules.feedback.service.setup import wording

LEAD: Final = "lead"
"""The role of whoever leads a desk or an agency."""


async def queue(
    snapshot: Snapshot, wanted: QueueFilter, cursor: str | None, limit: int, *, store: FileStore
) -> Page[DeskItem]:
    """Return the reports of the moderator's communes, the longest waiting first."""
    page = await repository.queue(snapshot, wanted, cursor, limit)
    items = [await reading.desk_item(snapshot, row, store=store) for row in page.items]
    return Page(items=items, next_cursor=page.next_cursor)


async def find(snapshot: Snapshot, report_id: UUID) -> Report:
    """Return a report of the moderator's communes. Any other does not exist.

    Nor does one about the moderator's own agency, or one that was sealed.
    """
    return _theirs(snapshot, await reports.find(snapshot, report_id))


async def find_by_code(snapshot: Snapshot, code: str) -> Report:
    """Return the report of the moderator's communes that bears a code."""
    return _theirs(snapshot, await reports.find_by_code(snapshot, code))


def _theirs(snapshot: Snapshot, found: Report | None) -> Report:
    report = snapshot.check(TRIAGE, found)
    who = snapshot.principal
    is_sealed = report.publication is PublicationState.SEALED
    if report.concerned_agency_id in who.agencies or (is_sealed and SEALER not in who.roles):
        raise NotFound
    return report


async def show(
    snapshot: Snapshot, report: Report, *, agencies: AgencyRegister, store: FileStore
) -> DeskReport:
    """Return a report as the desk reads it."""
    _, competent = await routing.competent(snapshot, report, agencies)
    return await reading.desk(snapshot, report, competent, store=store)


async def claim(tx: Transaction, report_id: UUID, *, version: int) -> Report:
    """Take a report in hand. It becomes public now, if its reporter wished, its category may, and
    there is neither a photo nor a number of anybody to look at first.

    Of two moderators one wins; the other is told `NotFromHere`, as it is under review by then.
    """
    report = await find(tx, report_id)
    await make(tx, report, Call.CLAIM, Who.MODERATOR, version=version)
    await _publish_as_wished(tx, report)
    return await settle(tx, report)


async def release(
    tx: Transaction, report_id: UUID, *, version: int, reason: str | None = None
) -> Report:
    """Let go of a report that is in hand.

    A lead may break another's claim, and says why; anybody else is told `Forbidden`.
    """
    report = await find(tx, report_id)
    is_own = report.claimed_by == tx.principal.staff_id
    if after(report.standing, Call.RELEASE) is not None and not is_own:
        if LEAD not in tx.principal.roles:
            raise ClaimedByAnother
        if reason is None:
            raise ReasonNeeded
    said = Words(text=reason)
    await make(tx, report, Call.RELEASE, Who.MODERATOR, version=version, words=said)
    return await settle(tx, report)


async def decline(
    tx: Transaction, report_id: UUID, declination: Declination, *, version: int
) -> Report:
    """Say that a report will not be dealt with, and why."""
    report = await find(tx, report_id)
    await wording.require(tx, "declination", declination.reason)
    said = Words(text=declination.text, codes=(declination.reason,))
    await make(tx, report, Call.DECLINATION, Who.MODERATOR, version=version, words=said)
    settled = await settle(tx, report)
    await tx.publish(ReportDeclined(report_id=report_id, reason=declination.reason))
    return settled


async def assign(
    tx: Transaction,
    report_id: UUID,
    to: Destination,
    *,
    version: int,
    agencies: AgencyRegister,
) -> Report:
    """Give a report to an agency: the one that is named, or the only competent one.

    Raises `AgencyNeeded` when several or none are competent and none is named, `UnknownAgency`
    and `AgencyConcerned`. What the register answered is kept with what was chosen.
    """
    report = await find(tx, report_id)
    subject, competent = await routing.competent(tx, report, agencies)
    agency = await routing.chosen(tx, report, to.agency_id, competent, agencies)
    coordinators = [
        await routing.chosen(tx, report, coordinator, (), agencies)
        for coordinator in to.coordinators
        if coordinator != agency.id
    ]
    said = Words(codes=(str(agency.id), *(str(coordinator.id) for coordinator in coordinators)))
    seq = await make(tx, report, Call.ASSIGNMENT, Who.MODERATOR, version=version, words=said)
    assignment_id = await routing.offer(tx, report, agency, "lead", cycle=report.cycle)
    for coordinator in coordinators:
        await routing.offer(tx, report, coordinator, "coordinate", cycle=report.cycle)
    await repository.route(tx, report_id, seq, subject, competent, agency.id)
    if report.state is ReportState.RECEIVED:
        await _publish_as_wished(tx, report)
    settled = await settle(tx, report)
    await tx.publish(
        ReportAssigned(
            report_id=report_id,
            assignment_id=assignment_id,
            agency_id=agency.id,
            commune_code=report.commune_code,
        )
    )
    return settled


async def approve(
    tx: Transaction, report_id: UUID, *, version: int, reason: str | None = None
) -> Report:
    """Accept a result, which ends the report.

    Raises `FourEyes` for the result's own author, and `EvidenceDoubtful` when a photo of it says
    that it was taken before the work, or elsewhere, and no reason is given.
    """
    report = await find(tx, report_id)
    if report.state is ReportState.AWAITING_APPROVAL:
        if await _is_author(tx, report):
            raise FourEyes
        doubts = await _doubts(tx, report)
        if doubts and reason is None:
            raise EvidenceDoubtful(doubts=sorted(doubts))
    said = Words(text=reason)
    await make(tx, report, Call.APPROVAL, Who.MODERATOR, version=version, words=said)
    settled = await settle(tx, report)
    if report.owner_agency_id is not None:
        await tx.publish(ReportResolved(report_id=report_id, agency_id=report.owner_agency_id))
    return settled


async def refuse(tx: Transaction, report_id: UUID, refusal: Refusal, *, version: int) -> Report:
    """Send a result back to its agency, and say what is missing."""
    report = await find(tx, report_id)
    said = Words(text=refusal.text)
    await make(tx, report, Call.REFUSAL, Who.MODERATOR, version=version, words=said)
    return await settle(tx, report)


async def hide(tx: Transaction, report_id: UUID, hiding: Hiding, *, version: int) -> Report:
    """Let nobody but its reporter and officers see a report, from now on or from the first."""
    report = await find(tx, report_id)
    await wording.require(tx, "hiding", hiding.reason)
    said = Words(text=hiding.text, codes=(hiding.reason,))
    await make(tx, report, Call.HIDING, Who.MODERATOR, version=version, words=said)
    return await settle(tx, report)


async def _publish_as_wished(tx: Transaction, before: Report) -> None:
    """Publish what the desk has just taken in hand, unless it was hidden before."""
    if before.publication is not PublicationState.PRIVATE:
        return
    if await _may_be_public(tx, before):
        report = await reading.report(tx, before.id)
        await make(tx, report, Call.PUBLICATION, Who.MODERATOR, version=report.version)


async def _may_be_public(tx: Transaction, report: Report) -> bool:
    """Tell whether a report may be public, and there is nothing in it that a person must see:
    neither a photo nor a number, nor an address that would lead readers elsewhere.
    """
    is_wished = (await categories.of(tx, report)).may_be_public(report.wish)
    if not is_wished or await reports.attachments(tx, report.id):
        return False
    text = await reports.text(tx, report.id)
    return not (spans(text) or has_link(text))


async def _doubts(tx: Transaction, report: Report) -> set[Doubt]:
    """Return what speaks against the photos of the result that waits."""
    if report.assignment_id is None:
        return set()
    since = await work.offered_at(tx, report.assignment_id)
    shown = [
        each
        for each in await reports.attachments(tx, report.id)
        if each.role == "evidence" and each.seq == report.result_seq
    ]
    return {doubt for each in shown for doubt in each.doubts(report.location, since)}


async def _is_author(tx: Transaction, report: Report) -> bool:
    said = await history.said(tx, report.id)
    return any(
        event.seq == report.result_seq and event.staff_id == tx.principal.staff_id for event in said
    )
