"""What the law fixes in figures (`data/rules.toml`): what of it warns, and what refuses.

A warning is told to both sides and keeps nobody from signing.
"""

import tomllib
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta

from contracts.documents import Defect, Part, Text

Region = Literal["I", "II", "III", "IV"]
"""Vùng: which minimum wage holds at the workplace."""
Period = Literal["MONTH", "HOUR"]
JobLevel = Literal["MANAGER", "COLLEGE", "VOCATIONAL", "OTHER"]
"""Article 25: a manager of an enterprise; a job that takes college or more; intermediate vocational
training, a skilled worker or clerk; any other."""


class Probation(Part, frozen=True, kw_only=True):
    """Thử việc (articles 24 to 27): `days` are working days for the level OTHER."""

    level: JobLevel
    days: Annotated[int, Meta(ge=1, le=400)]
    pay_percent: Annotated[int, Meta(ge=0, le=100)]
    terms: Text | None = None


class FixedTerms(msgspec.Struct, frozen=True, kw_only=True):
    """How many fixed terms may follow each other."""

    start: date = msgspec.field(name="from")
    source: str
    most: int
    gap_days: int
    exempt_from_age: int


class Probations(msgspec.Struct, frozen=True, kw_only=True):
    """How long somebody may be on probation, and for how much."""

    start: date = msgspec.field(name="from")
    source: str
    days_max: dict[JobLevel, int]
    pay_percent_min: int


class MinimumWage(msgspec.Struct, frozen=True, kw_only=True):
    """The least that is paid in each region, in đồng."""

    start: date = msgspec.field(name="from")
    source: str
    month: dict[Region, int]
    hour: dict[Region, int]

    def least(self, period: Period, region: Region) -> int:
        """Return the least for a month's or an hour's work."""
        return (self.month if period == "MONTH" else self.hour)[region]


class _Rules(msgspec.Struct, frozen=True, kw_only=True):
    fixed_terms: tuple[FixedTerms, ...]
    probation: tuple[Probations, ...]
    minimum_wage: tuple[MinimumWage, ...]


Dated = TypeVar("Dated", FixedTerms, Probations, MinimumWage)


@cache
def _rules() -> _Rules:
    text = (files("modules.labour_contracts") / "data" / "rules.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), _Rules)


def _on(day: date, tables: Sequence[Dated]) -> Dated | None:
    """Return the table that holds on a day; none before the first."""
    return next((each for each in reversed(tables) if each.start <= day), None)


def of_probation(probation: Probation | None, start: date) -> Iterator[Defect]:
    """Warn of a probation that is too long, or paid too little."""
    rule = _on(start, _rules().probation)
    if rule is None or probation is None:
        return
    most = rule.days_max[probation.level]
    if probation.days > most:
        yield _warned("/probation/days", "probation-too-long", str(most))
    if probation.pay_percent < rule.pay_percent_min:
        yield _warned("/probation/pay_percent", "probation-paid-less", f"{rule.pay_percent_min}")


def of_wage(amount: int, period: Period, region: Region | None, start: date) -> Iterator[Defect]:
    """Warn of a wage below the minimum of its region."""
    rule = _on(start, _rules().minimum_wage)
    if rule is None or region is None:
        return
    least = rule.least(period, region)
    if amount < least:
        yield _warned("/wage/amount", "below-minimum-wage", f"{least:,}".replace(",", "."))


def is_exempt(start: date, birth_date: date) -> bool:
    """Tell whether somebody is old enough for any number of fixed terms."""
    rule = _on(start, _rules().fixed_terms)
    age = start.year - birth_date.year - (_day_of(start) < _day_of(birth_date))
    return rule is None or age >= rule.exempt_from_age


def _day_of(day: date) -> tuple[int, int]:
    return day.month, day.day


def of_fixed_terms(start: date, earlier: Sequence[tuple[date, date]]) -> Iterator[Defect]:
    """Tell of a fixed term that follows as many as may follow each other.

    `earlier` are first and last days of fixed terms between the same two.
    """
    rule = _on(start, _rules().fixed_terms)
    if rule is None:
        return
    count, begin = 0, start
    for first, last in sorted(earlier, reverse=True):
        if first <= start and last >= begin - timedelta(days=rule.gap_days + 1):
            count, begin = count + 1, first
    if count >= rule.most:
        most = str(rule.most)
        yield Defect(pointer="/term/kind", code="too-many-fixed-terms", suggestion=most)


def _warned(pointer: str, code: str, limit: str) -> Defect:
    return Defect(pointer=pointer, code=code, suggestion=limit, severity="warning")
