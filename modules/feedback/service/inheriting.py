"""Agencies end, and what they had in hand goes on with their heirs."""

from backend.kernel import Transaction
from contracts.identity import AgencyReorganised
from contracts.territory import AgencyRegister
from modules.feedback.repository import inheriting as repository
from modules.feedback.repository import reports
from modules.feedback.service import handovers

_PROVINCE_DIGITS = 2


async def hand_over(
    tx: Transaction, reorganised: AgencyReorganised, *, agencies: AgencyRegister
) -> None:
    """Give every open assignment to the heir in whose areas it lies; again changes nothing.

    The history stays: who acted has acted for the agency of that day.
    """
    for heir in reorganised.heirs:
        agency = await agencies.in_force(heir.agency_id, reorganised.on)
        if agency is None:
            raise LookupError(f"no agency {heir.agency_id} on {reorganised.on}")
        is_whole = any(len(code) == _PROVINCE_DIGITS for code in heir.areas)
        areas = () if is_whole else heir.areas
        former = reorganised.former
        for work in await repository.inherit(tx, former, agency.id, agency.name, areas):
            report = await reports.find(tx, work.report_id) if work.is_in_hand else None
            if report is not None:
                await handovers.pass_on(tx, report, work.assignment_id, agency.id)
