"""Whose a report is: the register of agencies is asked, and a person chooses among several."""

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from backend.kernel import Snapshot, Transaction
from contracts.calendar import WorkingCalendar
from contracts.territory import Agency, AgencyRegister
from modules.feedback.errors import AgencyConcerned, AgencyNeeded, UnknownAgency
from modules.feedback.model.clocks import end_of
from modules.feedback.model.reports import Report
from modules.feedback.repository import desk as repository
from modules.feedback.repository import work
from modules.feedback.service import categories, handovers
from modules.feedback.settings import Settings

EVERYTHING: Final = "feedback"
"""The subject of whoever answers for every category."""


async def competent(
    snapshot: Snapshot, report: Report, agencies: AgencyRegister
) -> tuple[str, Sequence[Agency]]:
    """Return the agencies that answer for this today, and for which subject they were asked.

    The narrowest subject that anybody answers for decides: category, group, everything. The
    agency that a report is about is never among them.
    """
    category = await categories.of(snapshot, report)
    commune, today = report.commune_code, snapshot.today
    subject, found = await answering(category.code, category.group_code, commune, today, agencies)
    return subject, [each for each in found if each.id != report.concerned_agency_id]


async def answering(
    category: str, group: str, commune_code: str, on: date, agencies: AgencyRegister
) -> tuple[str, Sequence[Agency]]:
    """Return who answers for a category in a commune on a day, and for which subject."""
    for subject in subjects(category, group):
        found = await agencies.competent(subject, commune_code, on)
        if found:
            return subject, found
    return EVERYTHING, ()


def subjects(category: str, group: str) -> Sequence[str]:
    """Return what the register is asked about, the narrowest first."""
    return f"feedback.{category}", f"feedback.{group}", EVERYTHING


async def chosen(
    tx: Transaction,
    report: Report,
    agency_id: UUID | None,
    competent: Sequence[Agency],
    agencies: AgencyRegister,
) -> Agency:
    """Return the agency that was named, or the only competent one.

    Raises `AgencyNeeded`, `UnknownAgency`, or `AgencyConcerned` for the one it is about.
    """
    if agency_id is None:
        if len(competent) != 1:
            raise AgencyNeeded(candidates=[str(agency.id) for agency in competent])
        return competent[0]
    if agency_id == report.concerned_agency_id:
        raise AgencyConcerned
    agency = await agencies.in_force(agency_id, tx.today)
    if agency is None:
        raise UnknownAgency
    return agency


async def before(tx: Transaction, report: Report, agencies: AgencyRegister) -> Agency | None:
    """Return the agency that dealt with the report in this cycle, if it still exists."""
    if report.owner_agency_id is None or report.owner_agency_id == report.concerned_agency_id:
        return None
    return await agencies.in_force(report.owner_agency_id, tx.today)


async def likely(tx: Transaction, report: Report, agencies: AgencyRegister) -> Agency | None:
    """Return who deals with a report when nobody decides; None where a person must choose."""
    known = await before(tx, report, agencies)
    if known is not None:
        return known
    _, found = await competent(tx, report, agencies)
    return found[0] if len(found) == 1 else None


async def offer(
    tx: Transaction, report: Report, agency: Agency, role: work.Role, *, cycle: int
) -> UUID:
    """Give a report to an agency, which has some days to accept; return the assignment's id.

    If the agency that leads has a system of its own, the work is on its way there.
    """
    accept_by = None
    if role == "lead":
        days = tx.ask(Settings).acceptance_days
        accept_by = end_of(await tx.ask(WorkingCalendar).add(tx.today, days))
    offered = repository.Offer(agency=agency, role=role, cycle=cycle, accept_by=accept_by)
    assignment_id = await repository.offer(tx, report, offered)
    if role == "lead":
        await handovers.offer(tx, report, assignment_id, agency.id)
    return assignment_id
