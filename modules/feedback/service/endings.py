"""After the end: what the reporter thought of it, whether it begins again, and when it is over."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from backend.kernel import Transaction
from contracts.calendar import WorkingCalendar
from contracts.feedback import (
    ReopeningRequested,
    ReopeningUndecided,
    ReportAssigned,
    ReportClosed,
    ReportRated,
    ReportReopened,
)
from contracts.territory import Agency, AgencyRegister
from modules.feedback.errors import FourEyes, LimitReached, WindowOver
from modules.feedback.model.clocks import end_of, window_end
from modules.feedback.model.machines import Call, Who, after
from modules.feedback.model.reports import Report
from modules.feedback.model.requests import Rating, Reopening, ReopeningDecision
from modules.feedback.repository import endings as repository
from modules.feedback.repository import history, ratings
from modules.feedback.service import desk, filing, reading, routing
from modules.feedback.service.moves import Words, make, not_from_here
from modules.feedback.service.projection import settle
from modules.feedback.settings import Settings

REOPENINGS_MAX: Final = 2


async def rate(tx: Transaction, report_id: UUID, rating: Rating, *, version: int) -> None:
    """Keep the reporter's opinion of this cycle; an earlier one is kept beside it.

    Raises `WindowOver`, and what `reopen` raises when the opinion carries a reopening.
    """
    report = await filing.find(tx, report_id)
    if after(report.standing, Call.RATING) is not None:
        _require_window(tx, report)
    said = Words(text=rating.text, codes=(str(rating.value), *rating.reasons))
    seq = await make(tx, report, Call.RATING, Who.REPORTER, version=version, words=said)
    await ratings.give(tx, report_id, report.cycle, rating.value, rating.reasons)
    await settle(tx, report)
    await tx.publish(ReportRated(report_id=report_id, cycle=report.cycle, value=rating.value))
    if rating.reopening is not None:
        await reopen(tx, report_id, rating.reopening, version=seq)


async def reopen(tx: Transaction, report_id: UUID, reopening: Reopening, *, version: int) -> None:
    """Ask that a report be dealt with again: twice at most, each time within the window.

    Raises `WindowOver` or `LimitReached`.
    """
    report = await filing.find(tx, report_id)
    if after(report.standing, Call.REOPENING) is not None:
        _require_window(tx, report)
        if report.reopenings >= REOPENINGS_MAX:
            raise LimitReached(most=REOPENINGS_MAX)
        if await repository.is_routed_out(tx, report_id):
            raise not_from_here(report, Who.REPORTER)
    said = Words(text=reopening.text)
    await make(tx, report, Call.REOPENING, Who.REPORTER, version=version, words=said)
    days = tx.ask(Settings).decision_days
    decide_by = end_of(await tx.ask(WorkingCalendar).add(tx.today, days))
    await repository.wait(tx, report_id, decide_by)
    await settle(tx, report)
    await tx.publish(ReopeningRequested(report_id=report_id, decide_by=decide_by))


async def decide(
    tx: Transaction,
    report_id: UUID,
    decision: ReopeningDecision,
    *,
    version: int,
    agencies: AgencyRegister,
) -> Report:
    """Let a report begin again, or end for good.

    Raises `FourEyes` when whoever approved the result would refuse to look at it again, and what
    `routing.chosen` raises.
    """
    report = await desk.find(tx, report_id)
    if decision.decision == "granted":
        agency = await _agency(tx, report, decision.agency_id, agencies)
        return await _begin_again(
            tx, report, Call.REOPENING_GRANTED, agency, version=version, text=decision.text
        )
    call = Call.REOPENING_REFUSED
    if after(report.standing, call) is not None and await _approved_it(tx, report):
        raise FourEyes
    said = Words(text=decision.text)
    await make(tx, report, call, Who.MODERATOR, version=version, words=said)
    settled = await settle(tx, report)
    await tx.publish(ReportClosed(report_id=report_id))
    return settled


async def lapse(tx: Transaction) -> None:
    """Give reports back to their agencies on whose reopening the desk did not decide in time.

    Where it cannot be known to which, because none or several would be competent, the desk is
    told once more and the report waits: a person chooses among agencies.
    """
    agencies = tx.ask(AgencyRegister)
    while batch := await repository.undecided(tx):
        for report_id in batch:
            report = await reading.report(tx, report_id)
            agency = await routing.likely(tx, report, agencies)
            await repository.wait(tx, report_id, None)
            if agency is None:
                await tx.publish(
                    ReopeningUndecided(report_id=report_id, commune_code=report.commune_code)
                )
                continue
            call, version = Call.REOPENING_LAPSE, report.version
            await _begin_again(tx, report, call, agency, version=version, text=None)


async def close(tx: Transaction) -> None:
    """Close reports whose reporters may not rate or reopen them any more."""
    days = tx.ask(Settings).rating_days
    before = end_of(tx.today - timedelta(days=days + 1))
    while batch := await repository.to_close(tx, before):
        for report_id in batch:
            report = await reading.report(tx, report_id)
            await make(tx, report, Call.CLOSING, Who.HOUSE, version=report.version)
            await settle(tx, report)
            await tx.publish(ReportClosed(report_id=report_id))


def _require_window(tx: Transaction, report: Report) -> None:
    if tx.now > window_end(report.state_at, tx.ask(Settings).rating_days):
        raise WindowOver


async def _begin_again(
    tx: Transaction, report: Report, call: Call, agency: Agency, *, version: int, text: str | None
) -> Report:
    who = Who.HOUSE if call is Call.REOPENING_LAPSE else Who.MODERATOR
    said = Words(text=text, codes=(str(agency.id),))
    await make(tx, report, call, who, version=version, words=said)
    assignment_id = await routing.offer(tx, report, agency, "lead", cycle=report.cycle + 1)
    settled = await settle(tx, report)
    await tx.publish(ReportReopened(report_id=report.id, cycle=settled.cycle))
    await tx.publish(
        ReportAssigned(
            report_id=report.id,
            assignment_id=assignment_id,
            agency_id=agency.id,
            commune_code=report.commune_code,
        )
    )
    return settled


async def _agency(
    tx: Transaction, report: Report, agency_id: UUID | None, agencies: AgencyRegister
) -> Agency:
    _, competent = await routing.competent(tx, report, agencies)
    before = await routing.before(tx, report, agencies) if agency_id is None else None
    return before or await routing.chosen(tx, report, agency_id, competent, agencies)


async def _approved_it(tx: Transaction, report: Report) -> bool:
    """Tell whether the caller ended the report last."""
    ended = [
        event.staff_id
        for event in await history.said(tx, report.id)
        if event.kind in (Call.APPROVAL, Call.DECLINATION)
    ]
    return ended[-1:] == [tx.principal.staff_id]
