"""Working days, counted; and years, as they are kept and written."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import islice
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from backend.kernel import Line, Name, composed
from contracts.problem import Fault

_DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5
_N_MAX: Final = 1000

DayKind = Literal["holiday", "compensation", "swapped"]
"""A public holiday; a day off for one that fell on a weekend; a day off and the Saturday worked
for it."""


class SpecialDay(msgspec.Struct, frozen=True, kw_only=True):
    """A day that is not as its weekday says."""

    date: date
    working: bool = False
    kind: DayKind
    name: Name
    legal_reference: Line | None = None


class YearDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A year as an officer writes it."""

    source: Line
    """Who announced these days, and where."""
    confirmed: bool
    """Whether nothing more will be announced."""
    days: Annotated[tuple[SpecialDay, ...], Meta(max_length=100)]

    def __post_init__(self) -> None:
        composed(self)


class Year(msgspec.Struct, frozen=True, kw_only=True):
    """A year as it is kept."""

    year: int
    source: str
    confirmed: bool
    version: int


class CalendarYear(msgspec.Struct, frozen=True, kw_only=True):
    """The special days of a year; every other one is worked from Monday to Friday."""

    year: int
    source: str
    confirmed: bool
    """Until it is, deadlines that are counted with it are provisional."""
    version: int
    days: Sequence[SpecialDay]


class Calendar(msgspec.Struct, frozen=True, kw_only=True):
    """Which days are worked."""

    special: Mapping[date, bool]
    """Whether the day is worked, where its weekday does not tell."""
    confirmed: Collection[int]

    def is_working(self, day: date) -> bool:
        """Tell whether offices work on that day."""
        return self.special.get(day, day.weekday() < _SATURDAY)

    def add(self, day: date, n: int) -> date:
        """Return the n-th working day after the first one that is not before `day`."""
        if not 0 <= n <= _N_MAX:
            raise ValueError(n)
        return next(islice(self._from(day), n, None))

    def between(self, first: date, last: date) -> int:
        """Return how many working days come after `first`, up to and with `last`."""
        days = (last - first).days
        return sum(self.is_working(first + n * _DAY) for n in range(1, days + 1))

    def is_confirmed(self, first: date, last: date) -> bool:
        """Tell whether every year from one to the other is confirmed."""
        return all(year in self.confirmed for year in range(first.year, last.year + 1))

    def _from(self, day: date) -> Iterator[date]:
        while True:
            if self.is_working(day):
                yield day
            day += _DAY


def faults(year: int, days: Sequence[SpecialDay]) -> Sequence[Fault]:
    """Return what is wrong with the days of a year, all at once."""
    found: list[Fault] = []
    known: set[date] = set()
    for place, day in enumerate(days):
        if day.date.year != year or day.date in known:
            found.append(Fault(pointer=f"/days/{place}/date", code="inconsistent"))
        if day.working and day.kind != "swapped":
            found.append(Fault(pointer=f"/days/{place}/working", code="inconsistent"))
        known.add(day.date)
    return found
