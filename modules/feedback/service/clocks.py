"""Clocks follow the report: no caller starts, stops or moves one, `moves.make` does.

The calendar is asked here and not in handlers, because every move of every part would have to
carry it along, and one that forgot would let a clock run.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from msgspec.structs import replace

from backend.kernel import Snapshot, Transaction
from contracts.calendar import WorkingCalendar
from modules.feedback.model.categories import DeadlineClass
from modules.feedback.model.clocks import (
    LEVEL_DAYS,
    WARNED_AT,
    Cause,
    Clock,
    ClockKind,
    Deadline,
    Effect,
    Term,
    day_of,
    effect,
    end_of,
    last_day,
)
from modules.feedback.model.machines import ReportState
from modules.feedback.repository import clocks as repository
from modules.feedback.settings import Settings

LEVEL_LAST: Final = len(LEVEL_DAYS) - 1


async def deadline(snapshot: Snapshot, report_id: UUID) -> Deadline | None:
    """Return until when a report is to be dealt with, by the clock that counts now."""
    clock = await repository.find(snapshot, report_id)
    return None if clock is None else clock.deadline(snapshot.now)


async def start(
    tx: Transaction,
    report_id: UUID,
    kind: ClockKind,
    deadline_class: DeadlineClass,
    *,
    cycle: int,
    began_at: datetime,
) -> Clock:
    """Let a clock run, and fix for ever when it is due first."""
    clock = Clock(
        report_id=report_id,
        cycle=cycle,
        kind=kind,
        deadline_class=deadline_class,
        original_class=deadline_class,
        began_at=began_at,
        original_due_at=began_at,
        due_at=began_at,
        provisional=False,
    )
    calendar = tx.ask(WorkingCalendar)
    due_at = await due(calendar, clock, term(tx.ask(Settings), clock))
    provisional = not await calendar.is_confirmed(day_of(began_at), last_day(due_at))
    begun = replace(clock, original_due_at=due_at, due_at=due_at, provisional=provisional)
    await repository.add(tx, begun, await next_check(calendar, begun))
    return begun


async def follow(
    tx: Transaction, report_id: UUID, source: ReportState, target: ReportState
) -> None:
    """Do to the clock what this move of its report does to it."""
    does = effect(source, target)
    clock = None if does is None else await repository.find(tx, report_id)
    if clock is None:
        return
    match does:
        case Effect.PAUSE:
            await _write(tx, replace(clock, paused_at=tx.now))
        case Effect.STOP:
            stopped_at = clock.rested_since or tx.now
            await _write(tx, replace(clock, paused_at=None, stopped_at=stopped_at))
        case Effect.GO_ON:
            await _go_on(tx, clock)
        case Effect.HAND_OVER if clock.kind == "triage":
            await _write(tx, replace(clock, stopped_at=tx.now))
            began_at, of = clock.began_at, clock.deadline_class
            await start(tx, report_id, "handling", of, cycle=clock.cycle, began_at=began_at)
        case Effect.NEW_CYCLE:
            of, cycle = clock.deadline_class, clock.cycle + 1
            await start(tx, report_id, "handling", of, cycle=cycle, began_at=tx.now)
        case _:
            pass


async def extend(tx: Transaction, clock: Clock, days: int) -> Clock:
    """Give a clock more working days."""
    return await _moved(tx, replace(clock, extended_days=clock.extended_days + days), "extension")


async def reclassify(tx: Transaction, clock: Clock, deadline_class: DeadlineClass) -> Clock:
    """Let the rest of a clock run by another class. What was promised first stays."""
    return await _moved(tx, replace(clock, deadline_class=deadline_class), "class")


async def confirm(tx: Transaction, clock: Clock) -> Clock:
    """Count a clock again now that more of the calendar is certain."""
    calendar, settings = tx.ask(WorkingCalendar), tx.ask(Settings)
    first = replace(clock, deadline_class=clock.original_class, paused_days=0, extended_days=0)
    original = await due(calendar, replace(first, paused_seconds=0), term(settings, first))
    certain = await calendar.is_confirmed(day_of(clock.began_at), last_day(original))
    if clock.provisional and certain:
        clock = replace(clock, original_due_at=original, provisional=False)
    return await _moved(tx, clock, "calendar")


def term(settings: Settings, clock: Clock) -> Term:
    """Return how long a clock of this kind and class may run."""
    is_urgent = clock.deadline_class == "urgent"
    if clock.kind == "triage":
        span = timedelta(minutes=settings.urgent_triage_minutes)
        return Term(span=span) if is_urgent else Term(days=settings.triage_days)
    if is_urgent:
        return Term(span=timedelta(hours=settings.urgent_hours))
    return Term(days=days_of(settings)[clock.deadline_class])


def days_of(settings: Settings) -> Mapping[DeadlineClass, int]:
    """Return the working days of each class but `urgent`, whose term is hours."""
    return {
        "priority": settings.priority_days,
        "normal": settings.normal_days,
        "complex": settings.complex_days,
    }


def extension_max(settings: Settings, clock: Clock) -> int:
    """Return for how many more days a clock may run: none when urgent, never past the longest."""
    if clock.deadline_class == "urgent":
        return 0
    return max(0, settings.complex_days - days_of(settings)[clock.deadline_class])


async def due(calendar: WorkingCalendar, clock: Clock, term: Term) -> datetime:
    """Return when a clock is due, with its pauses and extensions."""
    if term.span is not None:
        return clock.began_at + term.span + timedelta(seconds=clock.paused_seconds)
    days = term.days + clock.paused_days + clock.extended_days
    return end_of(await calendar.add(day_of(clock.began_at), days))


async def next_check(calendar: WorkingCalendar, clock: Clock) -> datetime | None:
    """Return when the sweeper has to say the next thing about a clock, if it ever has to."""
    if clock.rested_since is not None or clock.level > LEVEL_LAST:
        return None
    days = LEVEL_DAYS[clock.level]
    if days is None:
        return clock.began_at + WARNED_AT * (clock.due_at - clock.began_at)
    if days == 0:
        return clock.due_at
    return end_of(await calendar.add(last_day(clock.due_at), days))


async def _go_on(tx: Transaction, clock: Clock) -> None:
    """Let a clock run on; what it rested is added, in working days or, when urgent, in hours."""
    since = clock.rested_since
    if since is None:
        return
    days = await tx.ask(WorkingCalendar).between(day_of(since), tx.today)
    seconds = int((tx.now - since).total_seconds())
    running = replace(
        clock,
        paused_at=None,
        stopped_at=None,
        paused_days=clock.paused_days + days,
        paused_seconds=clock.paused_seconds + seconds,
    )
    await _moved(tx, running, "pause", since=since)


async def _moved(
    tx: Transaction, clock: Clock, cause: Cause, *, since: datetime | None = None
) -> Clock:
    """Write a clock with its new deadline, and note what moved it unless nothing did."""
    due_at = await due(tx.ask(WorkingCalendar), clock, term(tx.ask(Settings), clock))
    moved = replace(clock, due_at=due_at)
    if due_at != clock.due_at:
        await repository.note(tx, clock, moved, cause, since=since)
    await _write(tx, moved)
    return moved


async def _write(tx: Transaction, clock: Clock) -> None:
    await repository.change(tx, clock, await next_check(tx.ask(WorkingCalendar), clock))
