"""Units by name, as people type it: without marks, with a slip, by an earlier name."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import date
from itertools import chain, islice
from typing import Final, Literal, TypeAlias

import msgspec

from contracts.territory import UnitKind
from modules.territory.model.atlas import Atlas
from modules.territory.model.names import (
    Syllables,
    are_close,
    is_close,
    readings,
    spelling,
    syllables,
)
from modules.territory.model.units import Identity, Unit, UnitLevel

HITS_MAX: Final = 20

Matched = Literal["current", "former", "alias"]
"""By the name of a unit in force, by that of one that has ended, or by an earlier name."""

Rank: TypeAlias = tuple[int, ...]
"""How badly a label fits: the smallest is best."""

_ORDER: Final[tuple[Matched, ...]] = ("current", "former", "alias")
_LEVELS: Final = (UnitLevel.COMMUNE, UnitLevel.PROVINCE, UnitLevel.DISTRICT)


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """A unit found by name. `alias` is the earlier name when it was found by that."""

    code: str
    name: str
    kind: UnitKind
    level: UnitLevel
    province_code: str
    within: str
    """Names of the units it lies in, innermost first."""
    valid_from: date
    valid_to: date | None
    start_known: bool
    matched: Matched
    alias: str | None = None


class Hits(msgspec.Struct, frozen=True, kw_only=True):
    """The best hits, best first, at most 20."""

    hits: tuple[Hit, ...]


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """One name of a unit: its own, or an earlier one."""

    unit: Unit
    words: Syllables
    alias: str | None = None


class NameIndex:
    """The names of an atlas by syllable."""

    def __init__(self, atlas: Atlas) -> None:
        self._atlas = atlas
        self._by_syllable: dict[str, list[Label]] = defaultdict(list)
        self._by_name: dict[tuple[UnitLevel, Syllables], list[Label]] = defaultdict(list)
        for label in chain.from_iterable(map(_labels, atlas.units)):
            self._by_name[label.unit.level, label.words].append(label)
            for word in set(label.words):
                self._by_syllable[word].append(label)

    def named(self, level: UnitLevel, words: Syllables) -> list[Label]:
        """Return the labels of one level that say exactly this, or else nearly this."""
        exact = self._by_name.get((level, words))
        if exact:
            return exact
        near = [word for word in self._by_syllable if is_close(words[0], word)]
        labels = chain.from_iterable(self._by_syllable[word] for word in near)
        close = (each for each in labels if each.unit.level is level)
        return [label for label in close if are_close(words, label.words)]

    def search(self, text: str, on: date, province: str | None) -> tuple[Hit, ...]:
        """Return the best hits among units that have begun by that day, best first."""
        best: dict[Identity, tuple[Rank, str, Label]] = {}
        words, written = syllables(text), spelling(text)
        marks = "" if written == " ".join(words) else written
        for kinds, name in readings(words) if words else ():
            for label, fit in self._fitting(name):
                unit = label.unit
                if unit.valid_from > on or province not in {None, self._atlas.today(unit)}:
                    continue
                rank = (*fit, *_preference(label, kinds, marks, on))
                known = best.get(unit.identity)
                if known is None or rank < known[0]:
                    best[unit.identity] = rank, unit.code, label
        ranked = sorted(best.values(), key=lambda each: each[:2])
        hits = (self._hit(label, on) for *_, label in ranked if not self._goes_on(label, on))
        return tuple(islice(hits, HITS_MAX))

    def _goes_on(self, label: Label, on: date) -> bool:
        return label.alias is None and self._atlas.goes_on(label.unit, on)

    def _fitting(self, words: Syllables) -> Iterator[tuple[Label, Rank]]:
        is_only = len(words) == 1
        starts = [word for word in self._by_syllable if _begins(words[0], word, is_last=is_only)]
        for word in starts:
            for label in self._by_syllable[word]:
                fit = _fit(words, label.words)
                if fit is not None:
                    yield label, fit

    def _hit(self, label: Label, on: date) -> Hit:
        unit = label.unit
        return Hit(
            code=unit.code,
            name=unit.name,
            kind=unit.kind,
            level=unit.level,
            province_code=unit.province_code,
            within=self._atlas.within(unit),
            valid_from=unit.valid_from,
            valid_to=unit.valid_to,
            start_known=unit.start_known,
            matched=_matched(label, on),
            alias=label.alias,
        )


def _matched(label: Label, on: date) -> Matched:
    if label.alias:
        return "alias"
    return "current" if label.unit.is_in_force(on) else "former"


def _labels(unit: Unit) -> Iterator[Label]:
    yield Label(unit=unit, words=tuple(unit.key.split()))
    for alias in unit.aliases:
        yield Label(unit=unit, words=syllables(alias), alias=alias)


def _begins(typed: str, word: str, *, is_last: bool) -> bool:
    """Tell whether a syllable is the typed one, or will be when it has been typed to its end."""
    return is_close(typed, word) or (is_last and word.startswith(typed))


def _fit(typed: Syllables, words: Syllables) -> Rank | None:
    """Return how badly the typed syllables fit, smallest best; None when they do not.

    They may stand anywhere in the name, and the last one may be incomplete.
    """
    fits: list[Rank] = []
    for start in range(len(words) - len(typed) + 1):
        part = words[start : start + len(typed)]
        head_fits = are_close(typed[:-1], part[:-1])
        if head_fits and _begins(typed[-1], part[-1], is_last=True):
            is_prefix = part[:-1] == typed[:-1] and part[-1].startswith(typed[-1])
            fits.append((not is_prefix, part != words or typed != part, start > 0))
    return min(fits, default=None)


def _preference(label: Label, kinds: Collection[UnitKind], marks: str, on: date) -> Rank:
    """Return what decides between equal fits: the kind, the marks, the age, the level."""
    unit = label.unit
    other_kind = bool(kinds) and unit.kind not in kinds
    other_marks = bool(marks) and not spelling(unit.name).endswith(marks)
    age, level = _ORDER.index(_matched(label, on)), _LEVELS.index(unit.level)
    return other_kind, other_marks, age, level
