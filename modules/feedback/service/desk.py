"""The desk: what has come in, whose it is, and whether what was done about it is enough."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from backend.kernel import Snapshot, Transaction
from contracts.feedback import ReportAssigned, ReportDeclined, ReportResolved
from contracts.files import FileStore
from contracts.page import Page
from contracts.territory import Agency, AgencyRegister
from modules.feedback.errors import AgencyNeeded, FourEyes, NotPublishable, UnknownAgency
from modules.feedback.model.machines import Call, PublicationState, ReportState, Who
from modules.feedback.model.queues import QueueFilter
from modules.feedback.model.reports import Declination, Hiding, Refusal, Report
from modules.feedback.model.views import DeskItem, DeskReport
from modules.feedback.repository import desk as repository
from modules.feedback.repository import history, reports
from modules.feedback.scopes import TRIAGE
from modules.feedback.service import categories, reading
from modules.feedback.service.moves import Words, make
from modules.feedback.service.projection import settle

OPEN: Final = (
    ReportState.RECEIVED,
    ReportState.IN_REVIEW,
    ReportState.NEEDS_INFO,
    ReportState.WITH_AGENCY,
    ReportState.AWAITING_APPROVAL,
)
"""What the desk is shown when it does not say which states it wants."""

EVERYTHING: Final = "feedback"
"""The subject of whoever answers for every category."""


async def queue(
    snapshot: Snapshot, wanted: QueueFilter, cursor: str | None, limit: int, *, store: FileStore
) -> Page[DeskItem]:
    """Return the reports of the moderator's communes, the longest waiting first."""
    page = await repository.queue(snapshot, wanted, cursor, limit)
    items = [await reading.desk_item(snapshot, row, store=store) for row in page.items]
    return Page(items=items, next_cursor=page.next_cursor)


async def find(snapshot: Snapshot, report_id: UUID) -> Report:
    """Return a report of the moderator's communes. Any other does not exist."""
    return snapshot.check(TRIAGE, await reports.find(snapshot, report_id))


async def show(
    snapshot: Snapshot, report: Report, *, agencies: AgencyRegister, store: FileStore
) -> DeskReport:
    """Return a report as the desk reads it."""
    _, competent = await _competent(snapshot, report, agencies)
    return await reading.desk(snapshot, report, competent, store=store)


async def claim(tx: Transaction, report_id: UUID, *, version: int) -> Report:
    """Take a report in hand. It becomes public now, if its reporter wished and its category may.

    Of two moderators one wins; the other is told `NotFromHere`, as it is under review by then.
    """
    report = await find(tx, report_id)
    await make(tx, report, Call.CLAIM, Who.MODERATOR, version=version)
    await _publish_as_wished(tx, report)
    return await settle(tx, report)


async def decline(
    tx: Transaction, report_id: UUID, declination: Declination, *, version: int
) -> Report:
    """Say that a report will not be dealt with, and why."""
    report = await find(tx, report_id)
    said = Words(text=declination.text, codes=(declination.reason,))
    await make(tx, report, Call.DECLINATION, Who.MODERATOR, version=version, words=said)
    settled = await settle(tx, report)
    await tx.publish(ReportDeclined(report_id=report_id, reason=declination.reason))
    return settled


async def assign(
    tx: Transaction,
    report_id: UUID,
    agency_id: UUID | None,
    *,
    version: int,
    agencies: AgencyRegister,
) -> Report:
    """Give a report to an agency: the one that is named, or the only competent one.

    Raises `AgencyNeeded` when several or none are competent and none is named, and
    `UnknownAgency`. What the register answered is kept with what was chosen.
    """
    report = await find(tx, report_id)
    subject, competent = await _competent(tx, report, agencies)
    agency = await _chosen(tx, agency_id, competent, agencies)
    said = Words(codes=(str(agency.id),))
    seq = await make(tx, report, Call.ASSIGNMENT, Who.MODERATOR, version=version, words=said)
    assignment_id = await repository.offer(tx, report, agency)
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


async def approve(tx: Transaction, report_id: UUID, *, version: int) -> Report:
    """Accept a result, which ends the report. Raises `FourEyes` for the result's own author."""
    report = await find(tx, report_id)
    if report.state is ReportState.AWAITING_APPROVAL and await _is_author(tx, report):
        raise FourEyes
    await make(tx, report, Call.APPROVAL, Who.MODERATOR, version=version)
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


async def publish(tx: Transaction, report_id: UUID, *, version: int) -> Report:
    """Let everybody see a report that was kept back or hidden. Raises `NotPublishable`."""
    report = await find(tx, report_id)
    if not await _may_be_public(tx, report):
        raise NotPublishable
    await make(tx, report, Call.PUBLICATION, Who.MODERATOR, version=version)
    return await settle(tx, report)


async def hide(tx: Transaction, report_id: UUID, hiding: Hiding, *, version: int) -> Report:
    """Let nobody but its reporter and officers see a report, from now on or from the first."""
    report = await find(tx, report_id)
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
    return (await categories.of(tx, report)).may_be_public(report.wish)


async def _is_author(tx: Transaction, report: Report) -> bool:
    said = await history.said(tx, report.id)
    return any(
        event.seq == report.result_seq and event.staff_id == tx.principal.staff_id for event in said
    )


async def _competent(
    snapshot: Snapshot, report: Report, agencies: AgencyRegister
) -> tuple[str, Sequence[Agency]]:
    """Return the agencies that answer for this today, and for which subject they were asked.

    The narrowest subject that anybody answers for decides: category, group, everything.
    """
    category = await categories.of(snapshot, report)
    for subject in (f"feedback.{category.code}", f"feedback.{category.group_code}"):
        found = await agencies.competent(subject, report.commune_code, snapshot.today)
        if found:
            return subject, found
    return EVERYTHING, await agencies.competent(EVERYTHING, report.commune_code, snapshot.today)


async def _chosen(
    tx: Transaction, agency_id: UUID | None, competent: Sequence[Agency], agencies: AgencyRegister
) -> Agency:
    if agency_id is None:
        if len(competent) != 1:
            raise AgencyNeeded(candidates=[str(agency.id) for agency in competent])
        return competent[0]
    agency = await agencies.in_force(agency_id, tx.today)
    if agency is None:
        raise UnknownAgency
    return agency
