"""Units, and what becomes of them: each for its own stretch of time."""

from collections.abc import Collection, Sequence
from datetime import date
from enum import StrEnum
from typing import Final

import msgspec

from contracts.territory import Commune, Need, UnitKind


class UnitLevel(StrEnum):
    """How high a unit stands. There are no districts since 2025-07-01."""

    PROVINCE = "province"
    DISTRICT = "district"
    COMMUNE = "commune"


LEVELS: Final = {
    UnitKind.PROVINCE: UnitLevel.PROVINCE,
    UnitKind.MUNICIPALITY: UnitLevel.PROVINCE,
    UnitKind.RURAL_DISTRICT: UnitLevel.DISTRICT,
    UnitKind.URBAN_DISTRICT: UnitLevel.DISTRICT,
    UnitKind.TOWN: UnitLevel.DISTRICT,
    UnitKind.PROVINCIAL_CITY: UnitLevel.DISTRICT,
    UnitKind.COMMUNE: UnitLevel.COMMUNE,
    UnitKind.WARD: UnitLevel.COMMUNE,
    UnitKind.TOWNSHIP: UnitLevel.COMMUNE,
    UnitKind.SPECIAL_ZONE: UnitLevel.COMMUNE,
}
"""The level each kind belongs to."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A line of an official list: what cannot be derived of a unit.

    Columns of the CSV files. `valid_to` is the first day on which the unit is no more; an empty
    one leaves a known end as it is.
    """

    code: str
    valid_from: date
    valid_to: date | None
    kind: UnitKind
    name: str
    parent_code: str | None
    start_known: bool
    legal_reference: str | None
    aliases: tuple[str, ...]

    @property
    def identity(self) -> "Identity":
        """What tells this unit from every other."""
        return self.code, self.valid_from


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """A province, district or commune, from `valid_from` to the day before `valid_to`.

    `aliases` are earlier names that people still write. With `start_known` false the unit is
    older than our records.
    """

    code: str
    valid_from: date
    valid_to: date | None
    level: UnitLevel
    kind: UnitKind
    name: str
    key: str
    """The name as people type it: no marks, lower case, without the word for its kind."""
    parent_code: str | None
    province_code: str
    start_known: bool
    legal_reference: str | None
    aliases: tuple[str, ...]

    @property
    def identity(self) -> "Identity":
        """What tells this unit from every other: a code is borne by several in turn."""
        return self.code, self.valid_from

    def is_in_force(self, on: date) -> bool:
        """Tell whether the unit exists on that day."""
        return self.valid_from <= on and (self.valid_to is None or on < self.valid_to)

    @property
    def lifetime(self) -> str:
        """Its first and last day as an ISO 8601-2 interval, `..` where there is none."""
        last = ".." if self.valid_to is None else date.fromordinal(self.valid_to.toordinal() - 1)
        return f"{self.valid_from if self.start_known else '..'}/{last}"

    def as_commune(self) -> Commune:
        """Return what the other modules see of it."""
        return Commune(
            code=self.code,
            name=self.name,
            kind=self.kind,
            province_code=self.province_code,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
            start_known=self.start_known,
        )


Identity = tuple[str, date]
"""Code and first day."""


class HandoverKind(StrEnum):
    """How much of an old unit went to a new one."""

    UNCHANGED = "unchanged"
    """The same unit under its old code, kind and name."""
    KIND_CHANGED = "kind_changed"
    """The same unit, called something else: a township became a commune."""
    WHOLE = "whole"
    """All of it, together with others."""
    PARTIAL = "partial"
    """A part: the old unit was split, and its code alone does not say where a place is now."""


class Handover(msgspec.Struct, frozen=True, kw_only=True):
    """What one unit left to another on the day it ended."""

    old_code: str
    old_from: date
    new_code: str
    new_from: date
    kind: HandoverKind
    effective_on: date
    legal_reference: str | None


class Register(msgspec.Struct, frozen=True, kw_only=True):
    """All units and handovers together."""

    units: Sequence[Unit]
    handovers: Sequence[Handover]

    def of(self, provinces: Collection[str]) -> "Register":
        """Return the part that concerns these provinces, and those merged into them."""
        merged = {
            handover.old_code for handover in self.handovers if handover.new_code in provinces
        }
        units = [unit for unit in self.units if unit.province_code in merged.union(provinces)]
        kept = {unit.identity for unit in units}
        return Register(
            units=units,
            handovers=[
                handover
                for handover in self.handovers
                if {(handover.old_code, handover.old_from), (handover.new_code, handover.new_from)}
                <= kept
            ],
        )


class Successors(msgspec.Struct, frozen=True, kw_only=True):
    """What a unit may be on another day: every candidate, and what would decide.

    `certain` only when there is exactly one candidate.
    """

    candidates: tuple[Unit, ...]
    certain: bool
    needs: tuple[Need, ...] = ()


class Predecessor(msgspec.Struct, frozen=True, kw_only=True):
    """A unit that another came from, and how much of it."""

    unit: Unit
    kind: HandoverKind
    effective_on: date
    legal_reference: str | None


class Predecessors(msgspec.Struct, frozen=True, kw_only=True):
    """All that a unit was made from, by code."""

    predecessors: tuple[Predecessor, ...]


class History(msgspec.Struct, frozen=True, kw_only=True):
    """All that bore one code, oldest first."""

    units: tuple[Unit, ...]
