"""How reports were dealt with: against what was promised first, and as it stood in the end."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final, Literal
from uuid import UUID

import msgspec

Grouping = Literal["day", "agency", "commune", "category"]

RANKED_FROM: Final = 10
"""Fewer results say nothing about an agency."""

DEFINITIONS: Final[Mapping[str, str]] = {
    "filed": "Reports received in the period.",
    "declined": "Reports that the desk declined, with a reason.",
    "resolved": "Results that the desk approved; a report that was reopened counts each time.",
    "in_time_originally": "Of them, results given by the deadline that was promised first.",
    "in_time": "Of them, results given by the deadline with its pauses and extensions.",
    "extended": "Of them, with more time than was promised first.",
    "paused": "Of them, with a question that waited for its answer.",
    "reopened": "Times that a reporter asked for a report to be dealt with again.",
    "closed": "Reports that are over for good.",
    "confirmed": "Of them, those that their reporter called acceptable or better.",
    "desk_days": "Days, on average, that the desk took to approve a result.",
}


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """Counts of one group, as they are added up."""

    key: str
    label: str | None
    filed: int
    declined: int
    resolved: int
    in_time_originally: int
    in_time: int
    extended: int
    paused: int
    reopened: int
    closed: int
    confirmed: int
    desk_seconds: int

    def shown(self) -> "Statistic":
        """Return the counts with the shares that are always told together."""
        days = self.desk_seconds / self.resolved / 86400 if self.resolved else None
        return Statistic(
            key=self.key,
            label=self.label,
            filed=self.filed,
            declined=self.declined,
            resolved=self.resolved,
            in_time_originally=self.in_time_originally,
            in_time=self.in_time,
            extended=self.extended,
            paused=self.paused,
            reopened=self.reopened,
            closed=self.closed,
            confirmed=self.confirmed,
            desk_days=None if days is None else round(days, 2),
            share_in_time_originally=_share(self.in_time_originally, self.resolved),
            share_in_time=_share(self.in_time, self.resolved),
            share_confirmed=_share(self.confirmed, self.closed),
        )


class Statistic(msgspec.Struct, frozen=True, kw_only=True):
    """How the reports of a group were dealt with. No share is told without the other."""

    key: str
    """A day, an agency's id, or the code of a commune or category; empty where there is none."""
    label: str | None
    filed: int
    declined: int
    resolved: int
    in_time_originally: int
    in_time: int
    extended: int
    paused: int
    reopened: int
    closed: int
    confirmed: int
    desk_days: float | None
    share_in_time_originally: float | None
    share_in_time: float | None
    share_confirmed: float | None


class Statistics(msgspec.Struct, frozen=True, kw_only=True):
    """Counts of a period, and what each of them means."""

    since: date
    until: date
    by: Grouping
    items: Sequence[Statistic]
    definitions: Mapping[str, str]


COUNTED: Final = (
    "filed",
    "declined",
    "resolved",
    "in_time_originally",
    "in_time",
    "extended",
    "paused",
    "reopened",
    "closed",
    "confirmed",
    "desk_seconds",
)


def together(tallies: Sequence[Tally]) -> Tally:
    """Return the counts of several groups as one."""
    sums = {name: sum(getattr(tally, name) for tally in tallies) for name in COUNTED}
    return Tally(key="", label=None, **sums)


class Ranked(msgspec.Struct, frozen=True, kw_only=True):
    """An agency among the others; without a rank when it has too few results."""

    agency_id: UUID
    rank: int | None
    statistic: Statistic


class Ranking(msgspec.Struct, frozen=True, kw_only=True):
    """The agencies of a month, by the share that kept the first promise, then the second."""

    month: str
    items: Sequence[Ranked]
    ranked_from: int
    """Results that an agency needs to be ranked."""
    definitions: Mapping[str, str]


def ranked(tallies: Sequence[Tally]) -> Sequence[Ranked]:
    """Rank agencies; equal ones share a rank, and those with few results come last without one."""
    shown = [tally.shown() for tally in tallies if tally.key]
    known = sorted((s for s in shown if s.resolved >= RANKED_FROM), key=_merit)
    few = sorted((s for s in shown if s.resolved < RANKED_FROM), key=_name)
    merits = [_merit(each)[:2] for each in known]
    return [
        *(
            Ranked(agency_id=UUID(s.key), rank=merits.index(_merit(s)[:2]) + 1, statistic=s)
            for s in known
        ),
        *(Ranked(agency_id=UUID(s.key), rank=None, statistic=s) for s in few),
    ]


def months_within(since: date, until: date, today: date) -> tuple[date, date]:
    """Return the first day of the first whole month of a period, and the day after its last one.

    A month that is not over counts as whole in a period that reaches `today`: nothing lies beyond.
    Without a whole month both are the day after the period.
    """
    first = since if since.day == 1 else _month_after(since)
    end = _month_after(until) if until >= today else (until + timedelta(days=1)).replace(day=1)
    after = until + timedelta(days=1)
    return (first, end) if first < end else (after, after)


def _month_after(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def _merit(statistic: Statistic) -> tuple[float, float, str]:
    first, last = statistic.share_in_time_originally, statistic.share_in_time
    return -(first or 0), -(last or 0), statistic.key


def _name(statistic: Statistic) -> str:
    return statistic.label or statistic.key


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
