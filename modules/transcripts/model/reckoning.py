"""What a year comes to, reckoned again from the marks: nothing that is written is believed."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final

import msgspec

from contracts.documents import Defect
from modules.transcripts.model.content import (
    AnyYear,
    Commented,
    Level,
    PrimaryYear,
    Scored,
    SecondaryYear,
    Semester,
)
from modules.transcripts.model.profiles import (
    PrimaryProfile,
    SecondaryProfile,
    StudyRule,
    primary,
    secondary,
)

_LEVELS: Final[tuple[Level, ...]] = ("TOT", "KHA", "DAT", "CHUA_DAT")


@cache
def _tenths(mark: str) -> int:
    """Return what a mark is worth; there are a hundred and one of them."""
    whole, _, tenth = mark.partition(".")
    return int(whole) * 10 + int(tenth or 0)


def mismatches(year: AnyYear) -> list[Defect]:
    """Return every result that is not what the marks come to; `suggestion` is what they do.

    One for which an old record states its reason is left as it was written.
    """
    found = _of_secondary(year) if isinstance(year, SecondaryYear) else _of_primary(year)
    excused = {each.path for each in year.exceptions}
    return [each for each in found if each.pointer not in excused]


def average(semester: Semester, profile: SecondaryProfile) -> str:
    """Return a semester's average: (Σ regular + 2 × mid + 3 × final) / (n + 5)."""
    total = sum(map(_tenths, semester.regular))
    total += profile.mid_weight * _tenths(semester.mid)
    total += profile.final_weight * _tenths(semester.final)
    weights = len(semester.regular) + profile.mid_weight + profile.final_weight
    return _mark(total, weights)


def year_average(first: str, second: str, profile: SecondaryProfile) -> str:
    """Return a subject's average of the year: (first + 2 × second) / 3."""
    weight = profile.second_semester_weight
    return _mark(_tenths(first) + weight * _tenths(second), 1 + weight)


def _mark(total: int, weights: int) -> str:
    """Write a total of tenths over its weights with one decimal, a half upwards."""
    tenths = (2 * total + weights) // (2 * weights)
    return f"{tenths // 10}.{tenths % 10}"


def study(subjects: Sequence[Scored | Commented], profile: SecondaryProfile) -> Level:
    """Return the level of study. One subject alone never costs two levels or more."""
    level = _level(subjects, profile)
    if _rank(level) < 2:  # nobody has lost two
        return level
    without = min(
        _rank(_level([*subjects[:place], *subjects[place + 1 :]], profile))
        for place in range(len(subjects))
    )
    lost = _rank(level) - without
    return _LEVELS[_rank(level) - 1] if lost > 1 else level


def _level(subjects: Sequence[Scored | Commented], profile: SecondaryProfile) -> Level:
    for rule in profile.study:
        if _reaches(subjects, rule):
            return rule.level
    return "CHUA_DAT"


def _reaches(subjects: Sequence[Scored | Commented], rule: StudyRule) -> bool:
    failed = sum(isinstance(each, Commented) and each.year == "CHUA_DAT" for each in subjects)
    return (
        failed <= rule.failed_comments_max
        and all(mark >= _tenths(rule.every) for mark in _marks(subjects))
        and _at_least(subjects, rule.best) >= rule.best_count
    )


def _marks(subjects: Sequence[Scored | Commented]) -> list[int]:
    return [_tenths(each.average) for each in subjects if isinstance(each, Scored)]


def _at_least(subjects: Sequence[Scored | Commented], mark: str) -> int:
    return sum(each >= _tenths(mark) for each in _marks(subjects))


def _rank(level: Level) -> int:
    return _LEVELS.index(level)


def conduct(first: Level, second: Level, profile: SecondaryProfile) -> Level:
    """Return the year's conduct from the semesters'."""
    for rule in profile.conduct:
        if second in rule.second and first in rule.first:
            return rule.year
    return "CHUA_DAT"


def title(year: SecondaryYear, profile: SecondaryProfile) -> str | None:
    """Return the title that levels and marks of the year earn."""
    if {year.study, year.conduct.year} != {"TOT"}:
        return None
    earned = (
        rule.title
        for rule in profile.titles
        if _at_least(year.subjects, rule.best) >= rule.best_count
    )
    return next(earned, None)


def is_promoted(year: SecondaryYear, profile: SecondaryProfile) -> bool:
    """Tell whether the pupil goes up: both levels, and not too many days away."""
    away = year.absences.excused + year.absences.unexcused
    failed = "CHUA_DAT" in {year.study, year.conduct.year}
    return not failed and away <= profile.absences_max


def _of_secondary(year: SecondaryYear) -> Iterator[Defect]:
    profile = secondary()
    for place, subject in enumerate(year.subjects):
        if isinstance(subject, Scored):
            yield from _of_scored(f"/subjects/{place}", subject, profile)
        else:
            yield from _told(f"/subjects/{place}/year", subject.year, subject.second)
    yield from _told("/study", year.study, study(year.subjects, profile))
    expected = conduct(year.conduct.first, year.conduct.second, profile)
    yield from _told("/conduct/year", year.conduct.year, expected)
    yield from _told("/title", year.title, title(year, profile))
    if (year.outcome == "PROMOTED") != is_promoted(year, profile):
        hint = "RETEST" if year.outcome == "PROMOTED" else "PROMOTED"
        yield Defect(pointer="/outcome", code="result-mismatch", suggestion=hint)


def _of_scored(at: str, subject: Scored, profile: SecondaryProfile) -> Iterator[Defect]:
    wanted = next(
        rule.marks for rule in profile.regular_marks if subject.periods <= rule.periods_max
    )
    for name, semester in (("first", subject.first), ("second", subject.second)):
        if len(semester.regular) != wanted:
            pointer = f"{at}/{name}/regular"
            yield Defect(pointer=pointer, code="marks-count", suggestion=str(wanted))
        expected = average(semester, profile)
        yield from _told(f"{at}/{name}/average", semester.average, expected)
    expected = year_average(subject.first.average, subject.second.average, profile)
    yield from _told(f"{at}/average", subject.average, expected)


def primary_result(year: PrimaryYear, profile: PrimaryProfile) -> str:
    """Return the result of a year at primary school."""
    traits = set(msgspec.structs.asdict(year.traits).values())
    levels = {each.level for each in year.subjects}
    tests = [each.test for each in year.subjects if each.test is not None]
    for rule in profile.results:
        fits = levels <= set(rule.subjects) and traits <= set(rule.traits)
        if fits and all(test >= rule.test_min for test in tests):
            return rule.result
    return "CHT"


def _of_primary(year: PrimaryYear) -> Iterator[Defect]:
    expected = primary_result(year, primary())
    yield from _told("/result", year.result, expected)
    yield from _told("/outcome", year.outcome, "REPEAT" if expected == "CHT" else "PROMOTED")


def _told(pointer: str, given: str | None, reckoned: str | None) -> Iterator[Defect]:
    if given != reckoned:
        yield Defect(pointer=pointer, code="result-mismatch", suggestion=reckoned or "null")
