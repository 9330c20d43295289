"""Statistics that equal a recount: a day is counted from its events, again and again until over."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from backend.kernel import BadRequest, Snapshot, Transaction
from contracts.problem import Fault
from modules.feedback.model.clocks import end_of
from modules.feedback.model.statistics import (
    DEFINITIONS,
    RANKED_FROM,
    Grouping,
    Ranking,
    Statistic,
    Statistics,
    Tally,
    ranked,
    together,
)
from modules.feedback.repository import statistics as repository

DAYS_MAX: Final = 400
_AT_ONCE: Final = 60


async def count(tx: Transaction) -> None:
    """Count today, and every day before it that was not over when it was counted last."""
    await _count_from(tx, await repository.newest(tx) or await repository.oldest(tx) or tx.today)


async def count_anew(tx: Transaction) -> None:
    """Count from the oldest day on: what is told of the past came after that past was counted."""
    await _count_from(tx, await repository.oldest(tx) or tx.today)


async def _count_from(tx: Transaction, day: date) -> None:
    for _ in range(_AT_ONCE):
        if day > tx.today:
            return
        await repository.count(tx, day, end_of(day - timedelta(days=1)), end_of(day))
        day += timedelta(days=1)


async def of_everybody(
    snapshot: Snapshot, by: Grouping, since: date | None, until: date | None
) -> Statistics:
    """Return the counts of a period: the last thirty days unless said otherwise."""
    first, last = _period(snapshot, since, until)
    tallies = await repository.added(snapshot, by, first, last)
    return _told(first, last, by, tallies)


async def of_desk(snapshot: Snapshot, since: date | None, until: date | None) -> Statistics:
    """Return the counts of the moderator's communes, by category."""
    first, last = _period(snapshot, since, until)
    tallies = await repository.at_desk(snapshot, first, last)
    return _told(first, last, "category", tallies)


async def ranking(snapshot: Snapshot, month: str) -> Ranking:
    """Return the agencies of a month (`2026-03`), best first."""
    first = date.fromisoformat(f"{month}-01")
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    tallies = await repository.added(snapshot, "agency", first, last)
    return Ranking(
        month=month,
        items=ranked(tallies),
        ranked_from=RANKED_FROM,
        definitions=DEFINITIONS,
    )


async def at_a_glance(
    snapshot: Snapshot, since: date, until: date
) -> tuple[Statistic, Sequence[Statistic]]:
    """Return the counts of a whole period, and those of each of its days."""
    tallies = await repository.added(snapshot, "day", since, until)
    return together(tallies).shown(), [tally.shown() for tally in tallies]


def _period(snapshot: Snapshot, since: date | None, until: date | None) -> tuple[date, date]:
    last = until or snapshot.today
    first = since or last - timedelta(days=29)
    if first > last:
        raise BadRequest(errors=[Fault(parameter="since", code="inconsistent")])
    if (last - first).days >= DAYS_MAX:
        raise BadRequest(errors=[Fault(parameter="since", code="inconsistent")])
    return first, last


def _told(since: date, until: date, by: Grouping, tallies: Sequence[Tally]) -> Statistics:
    return Statistics(
        since=since,
        until=until,
        by=by,
        items=[tally.shown() for tally in tallies],
        definitions=DEFINITIONS,
    )
