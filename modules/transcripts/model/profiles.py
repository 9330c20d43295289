"""The circulars by which a year is reckoned: figures as data, each file under its own name."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Final, Literal

import msgspec

from contracts.documents import Part
from modules.transcripts.model.content import Level, Mark, Trait

_FOLDER: Final = files("modules.transcripts") / "data"


class RegularMarks(Part, frozen=True, kw_only=True):
    """So many regular marks a semester, up to so many periods a year."""

    periods_max: int
    marks: int


class StudyRule(Part, frozen=True, kw_only=True):
    """What a level takes: `every` mark, and `best_count` of them at `best`."""

    level: Level
    failed_comments_max: int
    every: Mark
    best: Mark
    best_count: int


class ConductRule(Part, frozen=True, kw_only=True):
    """The year's conduct, for these of the semesters."""

    year: Level
    second: tuple[Level, ...]
    first: tuple[Level, ...]


class TitleRule(Part, frozen=True, kw_only=True):
    """What a title takes, besides both levels at their best."""

    title: Literal["XUAT_SAC", "GIOI"]
    best: Mark
    best_count: int


class SecondaryProfile(Part, frozen=True, kw_only=True):
    """How secondary school reckons."""

    name: str
    source: str
    mid_weight: int
    final_weight: int
    second_semester_weight: int
    absences_max: int
    regular_marks: tuple[RegularMarks, ...]
    study: tuple[StudyRule, ...]
    conduct: tuple[ConductRule, ...]
    titles: tuple[TitleRule, ...]


class ResultRule(Part, frozen=True, kw_only=True):
    """What a result of primary school takes."""

    result: Literal["HT_XUAT_SAC", "HT_TOT", "HT"]
    subjects: tuple[Literal["HTT", "HT"], ...]
    traits: tuple[Trait, ...]
    test_min: int


class PrimaryProfile(Part, frozen=True, kw_only=True):
    """How primary school reckons."""

    name: str
    source: str
    results: tuple[ResultRule, ...]


@cache
def secondary() -> SecondaryProfile:
    """Return the figures of Thông tư 22/2021/TT-BGDĐT."""
    return msgspec.convert(_read("tt22-2021"), SecondaryProfile)


@cache
def primary() -> PrimaryProfile:
    """Return the figures of Thông tư 27/2020/TT-BGDĐT."""
    return msgspec.convert(_read("tt27-2020"), PrimaryProfile)


def _read(name: str) -> object:
    return tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
