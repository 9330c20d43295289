"""An address as people write it, read from the right: province, district, commune.

What stands to the left of the commune, house and street, is not looked at.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

import msgspec

from contracts.territory import Need, UnitKind
from modules.territory.model.atlas import Atlas
from modules.territory.model.names import Syllables, readings, syllables
from modules.territory.model.search import NameIndex
from modules.territory.model.units import LEVELS, Identity, Unit, UnitLevel

_PARTS: Final = re.compile(r"[,;\n]")
_COUNTRY: Final = frozenset({("viet", "nam"), ("vietnam",), ("vn",)})
_NAME_WORDS_MAX: Final = 5
_NOISE_PARTS_MAX: Final = 3
"""What people write behind the province: a phone number's owner, "near the market"."""

Parts = tuple[Syllables, ...]


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A unit that the address may lie in, and the former unit it was written with, if any."""

    unit: Unit
    written_as: Unit | None


class Resolution(msgspec.Struct, frozen=True, kw_only=True):
    """The units an address may lie in on a day, and what would decide between them."""

    candidates: tuple[Candidate, ...]
    certain: bool
    needs: tuple[Need, ...] = ()


class End(msgspec.Struct, frozen=True, kw_only=True):
    """A unit whose name stands at the right end of a text, with or without its kind."""

    unit: Unit
    names_its_kind: bool


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """One way to understand an address."""

    commune: Unit
    district: Unit | None
    weight: tuple[int, int]
    """How many levels it explains, and how many of their kinds."""

    @property
    def is_of_its_time(self) -> bool:
        """Tell whether the commune stood in the district that is written behind it."""
        return self.district is not None and self.commune.parent_code == self.district.code


def resolve(atlas: Atlas, index: NameIndex, text: str, on: date) -> Resolution:
    """Return where the address may lie on that day. The text may be of any earlier day."""
    parts = _parts(text)
    for dropped in range(min(len(parts), _NOISE_PARTS_MAX + 1)):
        found = [*_Reader(atlas, index, on).read(parts[: len(parts) - dropped])]
        if found:
            return _resolved(atlas, found, on)
    return Resolution(candidates=(), certain=False)


def _parts(text: str) -> Parts:
    parts = [syllables(part) for part in _PARTS.split(text)]
    return tuple(part for part in parts if part and part not in _COUNTRY and not _is_number(part))


def _is_number(words: Syllables) -> bool:
    return all(word.isdecimal() for word in words)


class _Reader:
    """Tries every way to find a commune at the right end of an address."""

    def __init__(self, atlas: Atlas, index: NameIndex, on: date) -> None:
        self._atlas, self._index, self._on = atlas, index, on

    def read(self, parts: Parts) -> Iterator[Reading]:
        """Yield every way to understand the parts with the last one as the widest."""
        for rest, province in self._optional(parts, UnitLevel.PROVINCE):
            for left, district in self._optional(rest, UnitLevel.DISTRICT):
                if not self._is_consistent(district, province):
                    continue
                for _, commune in self._ends(left, UnitLevel.COMMUNE):
                    if self._lies_in(commune.unit, district, province):
                        found = [end for end in (province, district, commune) if end]
                        yield Reading(
                            commune=commune.unit,
                            district=district and district.unit,
                            weight=(len(found), sum(end.names_its_kind for end in found)),
                        )

    def _optional(self, parts: Parts, level: UnitLevel) -> Iterator[tuple[Parts, End | None]]:
        yield parts, None
        yield from self._ends(parts, level)

    def _ends(self, parts: Parts, level: UnitLevel) -> Iterator[tuple[Parts, End]]:
        """Yield each unit of the level that the last part ends with, and what is left then."""
        if not parts:
            return
        last = parts[-1]
        for length in range(1, min(len(last), _NAME_WORDS_MAX + 2) + 1):
            rest, words = last[:-length], last[-length:]
            left = (*parts[:-1], rest) if rest else parts[:-1]
            for kinds, name in readings(words):
                if len(name) <= _NAME_WORDS_MAX and (kinds or not _is_number(name)):
                    for end in self._units(level, kinds, name):
                        yield left, end

    def _units(
        self, level: UnitLevel, kinds: frozenset[UnitKind], name: Syllables
    ) -> Iterator[End]:
        """Yield the units of that name that have begun. A commune may have changed its kind."""
        named = self._index.named(level, name)
        labels = [label for label in named if label.unit.valid_from <= self._on]
        fitting = [label for label in labels if kinds and (label.alias or label.unit.kind in kinds)]
        may_differ = level is UnitLevel.COMMUNE and all(LEVELS[kind] is level for kind in kinds)
        if fitting:
            yield from (End(unit=label.unit, names_its_kind=True) for label in fitting)
        elif not kinds or may_differ:
            yield from (End(unit=label.unit, names_its_kind=False) for label in labels)

    def _is_consistent(self, district: End | None, province: End | None) -> bool:
        if district is None or province is None:
            return True
        return self._atlas.today(district.unit) == self._atlas.today(province.unit)

    def _lies_in(self, commune: Unit, district: End | None, province: End | None) -> bool:
        today = self._atlas.today
        if province is not None and today(commune) != today(province.unit):
            return False
        if district is None or commune.parent_code == district.unit.code:
            return True
        # People keep writing the old district behind the new commune.
        olds = self._atlas.predecessors(commune)
        return any(old.unit.parent_code == district.unit.code for old in olds)


def _resolved(atlas: Atlas, readings: Sequence[Reading], on: date) -> Resolution:
    """Join the readings that explain most; a district means its own communes before their heirs."""
    most = max(reading.weight for reading in readings)
    best = [reading for reading in readings if reading.weight == most]
    right = {each.district.identity for each in best if each.district and each.is_of_its_time}
    named = {
        each.commune.identity: each.commune
        for each in best
        if each.district is None or each.is_of_its_time or each.district.identity not in right
    }
    heirs = {identity: atlas.heirs(unit, on) for identity, unit in named.items()}
    found: dict[Identity, Candidate] = {}
    for identity, units in heirs.items():
        for unit in units.values():
            was = None if unit.identity == identity else named[identity]
            found.setdefault(unit.identity, Candidate(unit=unit, written_as=was))
    return Resolution(
        candidates=tuple(found[identity] for identity in sorted(found)),
        certain=len(found) == 1,
        needs=_needs(atlas, named, heirs),
    )


def _needs(
    atlas: Atlas, named: dict[Identity, Unit], heirs: dict[Identity, dict[Identity, Unit]]
) -> tuple[Need, ...]:
    needs: list[Need] = []
    if len({frozenset(each) for each in heirs.values()}) > 1:
        needs.append("district")
        if len({atlas.today(unit) for unit in named.values()}) > 1:
            needs.append("province")
    if any(len(each) > 1 for each in heirs.values()):
        needs.extend(("point", "street"))
    return tuple(needs)
