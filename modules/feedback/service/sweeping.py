"""The sweeper: says of every clock what has to be said of it, each thing once."""

from datetime import date

from msgspec.structs import replace

from backend.kernel import Transaction
from contracts.calendar import WorkingCalendar
from contracts.event import Event
from contracts.feedback import (
    DeadlineConfirmed,
    ReportDueSoon,
    ReportEscalated,
    ReportOverdue,
)
from modules.feedback.model.clocks import Clock, end_of
from modules.feedback.repository import clocks as repository
from modules.feedback.repository import public
from modules.feedback.service import clocks


async def sweep(tx: Transaction) -> None:
    """Look at every clock whose time has come, 500 at a time, until none is left.

    A clock that several levels should have heard of by now is looked at once for each of them, in
    their order.
    """
    calendar = tx.ask(WorkingCalendar)
    while batch := await repository.due(tx):
        spoken = [replace(clock, level=clock.level + 1) for clock in batch]
        checks = [await clocks.next_check(calendar, clock) for clock in spoken]
        await repository.looked(tx, batch, checks)
        for clock in batch:
            await tx.publish(_said(clock))


async def confirm(tx: Transaction, year: int) -> None:
    """Count again what could not be certain before `year` was, and tell what has changed."""
    first = end_of(date(year - 1, 12, 31))
    last: Clock | None = None
    while batch := await repository.uncertain(tx, last, first):
        last = batch[-1]
        for clock in batch:
            counted = await clocks.confirm(tx, clock)
            if (counted.due_at, counted.provisional) != (clock.due_at, clock.provisional):
                await public.show_due(tx, clock.report_id)
                await tx.publish(
                    DeadlineConfirmed(
                        report_id=clock.report_id,
                        cycle=clock.cycle,
                        clock=clock.kind,
                        due_before=clock.due_at,
                        due_after=counted.due_at,
                    )
                )


def _said(clock: Clock) -> Event:
    if clock.level == 0:
        return ReportDueSoon(
            report_id=clock.report_id,
            cycle=clock.cycle,
            clock=clock.kind,
            agency_id=clock.agency_id,
            due_at=clock.due_at,
        )
    if clock.level == 1:
        return ReportOverdue(
            report_id=clock.report_id,
            cycle=clock.cycle,
            clock=clock.kind,
            agency_id=clock.agency_id,
            due_at=clock.due_at,
        )
    return ReportEscalated(
        report_id=clock.report_id,
        cycle=clock.cycle,
        clock=clock.kind,
        agency_id=clock.agency_id,
        due_at=clock.due_at,
        level=clock.level,
    )
