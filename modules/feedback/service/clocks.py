"""Clocks follow the report: no caller starts, stops or moves one, `moves.make` does.

The calendar is asked here and not in handlers, because every move of every part would have to
carry it along, and one that forgot would let a clock run.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from msgspec.structs import replace

from backend.kernel import Memory, Snapshot, Transaction
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
from modules.feedback.model.setup.terms import ClassTerm, Terms
from modules.feedback.repository import clocks as repository
from modules.feedback.repository.setup import terms as set_up
from modules.feedback.settings import Settings

LEVEL_LAST: Final = len(LEVEL_DAYS) - 1
NO_TERMS: Final = Terms(by_class={})


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
        terms_on=tx.today,
    )
    calendar = tx.ask(WorkingCalendar)
    due_at = await due(calendar, clock, await _term(tx, clock))
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
    calendar = tx.ask(WorkingCalendar)
    first = replace(clock, deadline_class=clock.original_class, paused_days=0, extended_days=0)
    original = await due(calendar, replace(first, paused_seconds=0), await _term(tx, first))
    certain = await calendar.is_confirmed(day_of(clock.began_at), last_day(original))
    if clock.provisional and certain:
        clock = replace(clock, original_due_at=original, provisional=False)
    return await _moved(tx, clock, "calendar")


def term(settings: Settings, clock: Clock, terms: Terms = NO_TERMS) -> Term:
    """Return how long a clock of this kind and class may run, by the terms of its day."""
    return _class_term(settings, clock, terms, clock.deadline_class).of(clock.kind)


def terms_of_settings(settings: Settings, of: DeadlineClass) -> ClassTerm:
    """Return the terms of a class where nobody has set up others."""
    is_urgent = of == "urgent"
    days: Mapping[DeadlineClass, int] = {
        "priority": settings.priority_days,
        "normal": settings.normal_days,
        "complex": settings.complex_days,
    }
    return ClassTerm(
        deadline_class=of,
        valid_from=None,
        triage_days=0 if is_urgent else settings.triage_days,
        triage_minutes=settings.urgent_triage_minutes if is_urgent else 0,
        handling_days=days.get(of, 0),
        handling_hours=settings.urgent_hours if is_urgent else 0,
    )


async def extension_max(snapshot: Snapshot, clock: Clock) -> int:
    """Return for how many more days a clock may run: none by hours, never past the longest."""
    settings, terms = snapshot.ask(Settings), await snapshot.recall(TERMS)
    own, longest = [
        _class_term(settings, clock, terms, of).handling_days
        for of in (clock.deadline_class, "complex")
    ]
    return max(0, longest - own) if own else 0


async def begun(
    snapshot: Snapshot,
    kind: ClockKind,
    of: DeadlineClass,
    at: datetime,
    *,
    calendar: WorkingCalendar,
) -> datetime:
    """Return when a clock of a class would be due that begins at a moment, by the terms of then."""
    terms = (await snapshot.recall(TERMS)).on(of, day_of(at))
    said = terms or terms_of_settings(snapshot.ask(Settings), of)
    return await due_by(said.of(kind), at, calendar=calendar)


async def due_by(term: Term, at: datetime, *, calendar: WorkingCalendar) -> datetime:
    """Return when something is due that begins at a moment and has no pauses."""
    if term.span is not None:
        return at + term.span
    return end_of(await calendar.add(day_of(at), term.days))


def _class_term(settings: Settings, clock: Clock, terms: Terms, of: DeadlineClass) -> ClassTerm:
    found = terms.on(of, clock.terms_on or day_of(clock.began_at))
    return found or terms_of_settings(settings, of)


async def _term(snapshot: Snapshot, clock: Clock) -> Term:
    return term(snapshot.ask(Settings), clock, await snapshot.recall(TERMS))


async def _build(snapshot: Snapshot) -> Terms:
    by_class: dict[str, list[ClassTerm]] = {}
    for each in await set_up.all_terms(snapshot):
        by_class.setdefault(each.deadline_class, []).append(each)
    return Terms(by_class=by_class)


TERMS: Final = Memory(build=_build, version=set_up.edition)
"""They count from the next day at the earliest, so that no process is behind with them."""


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
    due_at = await due(tx.ask(WorkingCalendar), clock, await _term(tx, clock))
    moved = replace(clock, due_at=due_at)
    if due_at != clock.due_at:
        await repository.note(tx, clock, moved, cause, since=since)
    await _write(tx, moved)
    return moved


async def _write(tx: Transaction, clock: Clock) -> None:
    await repository.change(tx, clock, await next_check(tx.ask(WorkingCalendar), clock))
