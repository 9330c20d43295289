"""Who else is in it: agencies that are taken out again, and the one that a report is about."""

from typing import Final
from uuid import UUID

from backend.kernel import Forbidden, NotFound, Transaction
from contracts.feedback import AssignmentUnaccepted
from contracts.identity import Officers
from contracts.territory import AgencyRegister
from modules.feedback.errors import UnknownAgency
from modules.feedback.model.machines import AssignmentState, Call, Who, after
from modules.feedback.model.reports import Report
from modules.feedback.model.requests import Concern, HandedOver, Handover
from modules.feedback.repository import claims, work
from modules.feedback.repository import desk as repository
from modules.feedback.service import desk, reading
from modules.feedback.service.desk import LEAD
from modules.feedback.service.moves import Words, make
from modules.feedback.service.projection import settle
from modules.feedback.service.work import require_colleague

HANDED_OVER_MAX: Final = 200


async def take_back(
    tx: Transaction, report_id: UUID, assignment_id: UUID, reason: str, *, version: int
) -> Report:
    """Take a report back from its agency, or do without one that was to help.

    Raises `NotFound` when no such work is under way.
    """
    report = await desk.find(tx, report_id)
    said = Words(text=reason)
    if assignment_id == report.assignment_id:
        await make(tx, report, Call.RECALL, Who.MODERATOR, version=version, words=said)
        await work.cancel_coordinators(tx, report_id)
        return await settle(tx, report)
    coordinators = await work.coordinators(tx, report_id)
    waits = [each for each in coordinators if each.state is AssignmentState.OFFERED]
    if assignment_id not in {each.id for each in waits}:
        raise NotFound
    await make(tx, report, Call.WAIVER, Who.MODERATOR, version=version, words=said)
    await work.move(tx, assignment_id, AssignmentState.CANCELLED)
    return await settle(tx, report)


async def concern(
    tx: Transaction, report_id: UUID, about: Concern, *, version: int, agencies: AgencyRegister
) -> Report:
    """Note which agency a report is about, so that it is neither given nor shown to that one."""
    report = await desk.find(tx, report_id)
    if about.agency_id is not None and await agencies.in_force(about.agency_id, tx.today) is None:
        raise UnknownAgency
    said = Words(text=about.text, codes=() if about.agency_id is None else (str(about.agency_id),))
    await make(tx, report, Call.CONCERN, Who.MODERATOR, version=version, words=said)
    await repository.concern(tx, report_id, about.agency_id)
    return await settle(tx, report)


async def hand_over(tx: Transaction, handover: Handover, *, officers: Officers) -> HandedOver:
    """Give an officer's open work in the caller's agency to a colleague, 200 reports at a time.

    Raises `Forbidden` for a colleague's work, unless the caller leads the agency, and
    `UnknownOfficer` for an heir who is no colleague. What cannot be given on where it stands keeps
    its handler.
    """
    who = tx.principal
    if who.staff_id != handover.from_staff_id and LEAD not in who.roles:
        raise Forbidden
    await require_colleague(officers, handover.to_staff_id, who.agency_id)
    found = await work.handled(tx, handover.from_staff_id, HANDED_OVER_MAX + 1)
    moved: list[UUID] = []
    for report_id in found[:HANDED_OVER_MAX]:
        report = await reading.report(tx, report_id)
        if report.assignment_id is None or after(report.standing, Call.HANDLER) is None:
            continue
        said = Words(text=handover.text)
        await make(tx, report, Call.HANDLER, Who.AGENCY, version=report.version, words=said)
        await work.hand_to(tx, report.assignment_id, handover.to_staff_id)
        moved.append(report_id)
    return HandedOver(reports=moved, more=len(found) > HANDED_OVER_MAX)


async def release_idle(tx: Transaction) -> None:
    """Let go of reports whose moderators have given no sign for a while."""
    while batch := await claims.idle(tx):
        for report_id in batch:
            report = await reading.report(tx, report_id)
            await make(tx, report, Call.IDLE, Who.HOUSE, version=report.version)
            await settle(tx, report)


async def remind(tx: Transaction) -> None:
    """Tell of work that an agency was offered and has not accepted in time, once for each."""
    while batch := await claims.unaccepted(tx):
        for late in batch:
            await tx.publish(
                AssignmentUnaccepted(
                    report_id=late.report_id,
                    assignment_id=late.id,
                    agency_id=late.owner_agency_id,
                    commune_code=late.area_code,
                )
            )
