"""How long an authority has: what the catalogue says, less the time in which the clock stood."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Final

import msgspec

from modules.public_services.model.dossiers import Moment, clock_of
from modules.public_services.model.procedures import ChannelKind, ProcedureBody, TimeUnit
from modules.public_services.model.views import Profile

_DAY_HOURS: Final = 8
"""Of a working day, where a term is in hours (Labour Code 45/2019/QH14, article 105)."""
_VALUE_MAX: Final = 1000

Span = tuple[time, time]


class Term(msgspec.Struct, frozen=True, kw_only=True):
    """So many of a unit that can be counted."""

    value: int
    unit: TimeUnit

    @property
    def working_days(self) -> int | None:
        """Return how many working days it is; None where every day counts."""
        if self.unit == "working_day":
            return self.value
        return -(-self.value // _DAY_HOURS) if self.unit == "working_hour" else None

    def after(self, day: date) -> date:
        """Return the last day of a term in which every day counts."""
        if self.unit != "month":
            return day + timedelta(days=self.value)
        months = day.year * 12 + day.month - 1 + self.value
        first = date(months // 12, months % 12 + 1, 1)
        following = date((months + 1) // 12, (months + 1) % 12 + 1, 1)
        return min(first + timedelta(days=day.day - 1), following - timedelta(days=1))


def term_of(body: ProcedureBody, profile: Profile | None) -> Term | None:
    """Return how long it takes: as the province sets it, else as the record does, at a desk first.

    None where neither says it in a unit that can be counted.
    """
    set_here = profile.times if profile is not None else ()
    told: list[tuple[ChannelKind, int | None, TimeUnit]] = [
        (each.channel, each.value, each.unit) for each in set_here
    ] or [
        (channel.kind, option.value, option.unit)
        for channel in body.channels
        for option in channel.options[:1]
    ]
    for _, value, unit in sorted(told, key=lambda each: each[0] != "in_person"):
        if value is not None and 0 < value <= _VALUE_MAX and unit != "unknown":
            return Term(value=value, unit=unit)
    return None


def pauses(moments: Iterable[Moment]) -> list[tuple[datetime, datetime]]:
    """Return when the clock stood and went on again; `moments` are in the order of their times."""
    return [
        (before.occurred_at, after.occurred_at)
        for before, after in pairwise(moments)
        if clock_of(before.to_status) == "stopped"
    ]


def spans(written: Sequence[str]) -> list[Span]:
    """Return office hours from `07:30-11:30`. Raises ValueError."""
    found: list[Span] = []
    for each in written:
        opens, closes = each.split("-")
        found.append((time.fromisoformat(opens), time.fromisoformat(closes)))
    return found


def after_office_hours(
    start: datetime, length: timedelta, hours: Sequence[Span], days: Sequence[date]
) -> datetime | None:
    """Return when so much office time has passed; None when `days` do not hold it."""
    left = length
    for day in days:
        for opens, closes in hours:
            begins = max(start, datetime.combine(day, opens, start.tzinfo))
            ends = datetime.combine(day, closes, start.tzinfo)
            if begins >= ends:
                continue
            if ends - begins >= left:
                return begins + left
            left -= ends - begins
    return None
