"""A year as people handle it: a grid of months, a CSV file, and what a change of it moves."""

import csv
from calendar import Calendar as Weeks
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from io import StringIO
from itertools import groupby
from typing import Final

import msgspec

from backend.calendar.model import Calendar, SpecialDay
from backend.kernel import BadRequest
from contracts.problem import Fault

COLUMNS: Final = ("date", "working", "kind", "name", "legal_reference")
TERMS: Final = (1, 3, 7, 17)
"""Terms in working days by which a change is shown: those of reports, and most of procedures."""
_DAY: Final = timedelta(days=1)
_BEFORE: Final = 60
"""Days before the year whose deadlines reach into it."""
_MONTHS: Final = range(1, 13)
_YES: Final = frozenset({"true", "1", "yes", "x", "có"})


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """A day in the grid."""

    date: date
    working: bool
    special: SpecialDay | None


class Shift(msgspec.Struct, frozen=True, kw_only=True):
    """What is received on these days is due on another one."""

    first: date
    last: date
    term: int
    before: date
    after: date


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A special day that comes, goes, or becomes another."""

    before: SpecialDay | None
    after: SpecialDay | None

    @property
    def date(self) -> date:
        """The day."""
        (day, *_) = (each.date for each in (self.after, self.before) if each is not None)
        return day


def grid(year: int, calendar: Calendar, days: Sequence[SpecialDay]) -> Sequence[list[list[Cell]]]:
    """Return months of weeks, Monday first; the days of other months in them stand for nothing."""
    known = {day.date: day for day in days}
    weeks = Weeks()
    return [
        [
            [
                Cell(date=day, working=calendar.is_working(day), special=known.get(day))
                for day in week
            ]
            for week in weeks.monthdatescalendar(year, month)
        ]
        for month in _MONTHS
    ]


def as_csv(days: Iterable[SpecialDay]) -> str:
    """Write special days as a table (RFC 4180)."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for day in days:
        working = "x" if day.working else ""
        writer.writerow([day.date, working, day.kind, day.name, day.legal_reference or ""])
    return out.getvalue()


def days_in(text: str) -> tuple[SpecialDay, ...]:
    """Read such a table. Raises `BadRequest` that names every line at fault, from 1."""
    try:
        rows = list(csv.reader(StringIO(text.strip())))
    except csv.Error as error:
        raise BadRequest(errors=[Fault(pointer="/lines/1", code="format")]) from error
    if not rows or [name.strip().lower() for name in rows[0]] != list(COLUMNS):
        raise BadRequest(errors=[Fault(pointer="/lines/1", code="format")])
    found: list[SpecialDay] = []
    faults: list[Fault] = []
    for number, row in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        said = {
            name: cell.strip() for name, cell in zip(COLUMNS, row, strict=False) if cell.strip()
        }
        given = {**said, "working": said.get("working", "").lower() in _YES}
        try:
            found.append(msgspec.convert(given, SpecialDay, strict=False))
        except msgspec.ValidationError:
            faults.append(Fault(pointer=f"/lines/{number}", code="format"))
    if faults:
        raise BadRequest(errors=faults)
    return tuple(sorted(found, key=_date))


def changed(before: Sequence[SpecialDay], after: Sequence[SpecialDay]) -> Sequence[Change]:
    """Return the special days that differ, in their order."""
    was, will = {day.date: day for day in before}, {day.date: day for day in after}
    return [
        Change(before=was.get(day), after=will.get(day))
        for day in sorted({*was, *will})
        if was.get(day) != will.get(day)
    ]


def with_year(calendar: Calendar, year: int, days: Sequence[SpecialDay]) -> Calendar:
    """Return the calendar as it would be with these special days of a year."""
    others: Mapping[date, bool] = {
        day: working for day, working in calendar.special.items() if day.year != year
    }
    special = {**others, **{day.date: day.working for day in days}}
    return Calendar(special=special, confirmed=calendar.confirmed)


def shifts(year: int, before: Calendar, after: Calendar) -> Sequence[Shift]:
    """Return what is due on another day: by the days on which it is received, together if alike."""
    return [
        Shift(first=run[0], last=run[-1], term=term, before=was, after=will)
        for term in TERMS
        for (was, will), days in groupby(
            _days(year), lambda day, term=term: (before.add(day, term), after.add(day, term))
        )
        if was != will and (run := list(days))
    ]


def _days(year: int) -> Iterator[date]:
    day = date(year, 1, 1) - _BEFORE * _DAY
    while day.year <= year:
        yield day
        day += _DAY


def _date(day: SpecialDay) -> date:
    return day.date
