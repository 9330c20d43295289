"""All units in memory: which was in force when, and what became of it."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from hashlib import sha256

import msgspec

from contracts.territory import Need
from modules.territory.model.units import (
    Handover,
    HandoverKind,
    Identity,
    Predecessor,
    Register,
    Successors,
    Unit,
    UnitLevel,
)


class Atlas:
    """Every unit and every handover, found without asking the database.

    `version` is a digest of the content: two processes that hold the same give the same.
    """

    def __init__(self, register: Register) -> None:
        self.units = tuple(sorted(register.units, key=lambda unit: unit.identity))
        self.handovers = tuple(register.handovers)
        self.version = sha256(msgspec.json.encode([self.units, self.handovers])).hexdigest()
        self._bearers: dict[str, list[Unit]] = defaultdict(list)
        self._members: dict[str, list[Unit]] = defaultdict(list)
        self._units: dict[Identity, Unit] = {unit.identity: unit for unit in self.units}
        self._given: dict[Identity, list[Handover]] = defaultdict(list)
        self._taken: dict[Identity, list[Handover]] = defaultdict(list)
        for unit in self.units:
            self._bearers[unit.code].append(unit)
            if unit.parent_code is not None:
                self._members[unit.parent_code].append(unit)
        self._merged: dict[str, str] = {}
        for handover in self.handovers:
            if self._units[handover.old_code, handover.old_from].level is UnitLevel.PROVINCE:
                self._merged[handover.old_code] = handover.new_code
            self._given[handover.old_code, handover.old_from].append(handover)
            self._taken[handover.new_code, handover.new_from].append(handover)

    def bearers(self, code: str) -> Sequence[Unit]:
        """Return the units that ever bore the code, oldest first."""
        return self._bearers.get(code, ())

    def in_force(self, code: str, on: date) -> Unit | None:
        """Return the unit that bears the code on that day."""
        return next((unit for unit in self.bearers(code) if unit.is_in_force(on)), None)

    def today(self, unit: Unit) -> str:
        """Return the code of the province that holds the unit's province since it was merged."""
        return self._merged.get(unit.province_code, unit.province_code)

    def communes_by_province(self) -> dict[str, frozenset[str]]:
        """Return the codes that communes bear or ever bore, by the province of today."""
        found: dict[str, set[str]] = defaultdict(set)
        for unit in self.units:
            if unit.level is UnitLevel.COMMUNE:
                found[self.today(unit)].add(unit.code)
        return {province: frozenset(codes) for province, codes in found.items()}

    def goes_on(self, unit: Unit, on: date) -> bool:
        """Tell whether another unit in force bears its code, kind and name on from it."""
        unchanged = (
            handover
            for handover in self._given.get(unit.identity, ())
            if handover.kind is HandoverKind.UNCHANGED
        )
        return any(handover.effective_on <= on for handover in unchanged)

    def within(self, unit: Unit) -> str:
        """Return the names of the units that this one lies in, innermost first."""
        on = unit.valid_from
        parent = self.in_force(unit.parent_code, on) if unit.parent_code else None
        if parent is None:
            return ""
        outer = self.within(parent)
        return f"{parent.name}, {outer}" if outer else parent.name

    def predecessors(self, unit: Unit) -> tuple[Predecessor, ...]:
        """Return the units that this one came from, by code."""
        found = sorted(self._taken.get(unit.identity, ()), key=lambda each: each.old_code)
        return tuple(
            Predecessor(
                unit=self._units[handover.old_code, handover.old_from],
                kind=handover.kind,
                effective_on=handover.effective_on,
                legal_reference=handover.legal_reference,
            )
            for handover in found
        )

    def heirs(self, unit: Unit, on: date) -> dict[Identity, Unit]:
        """Return the units in force on that day that hold what was this unit's land.

        A district left nothing itself: its heirs are those of its communes.
        """
        if unit.is_in_force(on):
            return {unit.identity: unit}
        found: dict[Identity, Unit] = {}
        for handover in self._given.get(unit.identity, ()):
            if handover.effective_on <= on:
                found |= self.heirs(self._units[handover.new_code, handover.new_from], on)
        if unit.level is UnitLevel.DISTRICT and unit.valid_to is not None and unit.valid_to <= on:
            last_day = unit.valid_to - timedelta(days=1)
            for member in self._members[unit.code]:
                if member.is_in_force(last_day):
                    found |= self.heirs(member, on)
        return found

    def successors(self, olds: Sequence[Unit], on: date) -> Successors:
        """Return what these units, of which one is meant, may be on that day."""
        heirs = [self.heirs(old, on) for old in olds]
        found: dict[Identity, Unit] = {}
        for each in heirs:
            found |= each
        needs: list[Need] = []
        if any(each.keys() != heirs[0].keys() for each in heirs):
            needs.append("date")
        if any(len(each) > 1 for each in heirs):
            needs.extend(("point", "street"))
        return Successors(
            candidates=tuple(found[identity] for identity in sorted(found)),
            certain=len(found) == 1,
            needs=tuple(needs),
        )
