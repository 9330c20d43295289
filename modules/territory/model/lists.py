"""Official lists of units: joined with what is known, and held against what must be true of it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final

import msgspec

from modules.territory.model.atlas import Atlas
from modules.territory.model.names import LABELS, key
from modules.territory.model.units import (
    LEVELS,
    Entry,
    Handover,
    HandoverKind,
    Identity,
    Register,
    Unit,
    UnitLevel,
)

_DIGITS: Final = {UnitLevel.PROVINCE: 2, UnitLevel.DISTRICT: 3, UnitLevel.COMMUNE: 5}


class UnitList(msgspec.Struct, frozen=True, kw_only=True):
    """An official list: its units, and what the ended ones left to the new ones."""

    entries: Sequence[Entry]
    handovers: Sequence[Handover]


def joined(known: Register, new: UnitList) -> Register:
    """Return the register with a list on top: nothing is removed, no end is taken back."""
    units = {unit.identity: unit for unit in known.units}
    bearers: dict[str, list[Unit]] = defaultdict(list)
    for unit in known.units:
        bearers[unit.code].append(unit)
    for entry in sorted(new.entries, key=lambda entry: len(entry.code)):
        before = units.get(entry.identity)
        end = entry.valid_to or (before.valid_to if before else None)
        parents = bearers[entry.parent_code or ""]
        unit = _entered(msgspec.structs.replace(entry, valid_to=end), parents)
        units[unit.identity] = unit
        bearers[unit.code].append(unit)
    handovers = {_ends(handover): handover for handover in (*known.handovers, *new.handovers)}
    return Register(units=[*units.values()], handovers=[*handovers.values()])


def _entered(entry: Entry, parents: Iterable[Unit]) -> Unit:
    """Return the entry as a unit; one without a parent lies in no province, which is a breach."""
    within = (parent for parent in parents if parent.is_in_force(entry.valid_from))
    parent = next(within, None)
    province = parent.province_code if parent else ""
    return Unit(
        **msgspec.structs.asdict(entry),
        level=LEVELS[entry.kind],
        key=key(entry.name, entry.kind),
        province_code=entry.code if entry.parent_code is None else province,
    )


def _ends(handover: Handover) -> tuple[Identity, Identity]:
    old = handover.old_code, handover.old_from
    return old, (handover.new_code, handover.new_from)


def breaches(register: Register) -> list[str]:
    """Return all that is wrong with a register, a line each."""
    units, handovers = register.units, register.handovers
    known = {unit.identity: unit for unit in units}
    found = [*_repeated(units)]
    if found:
        return found
    atlas = Atlas(Register(units=units, handovers=()))
    for unit in units:
        found += (f"{unit.code} {unit.valid_from}: {fault}" for fault in _faults(unit, atlas))
    found += _dangling(handovers, known)
    return found or [*_incomplete(units, handovers)]


def _repeated(units: Iterable[Unit]) -> Iterator[str]:
    bearers: dict[str, list[Unit]] = defaultdict(list)
    for unit in units:
        bearers[unit.code].append(unit)
    for code, those in bearers.items():
        those.sort(key=lambda unit: unit.valid_from)
        for earlier, later in pairwise(those):
            if earlier.valid_to is None or later.valid_from < earlier.valid_to:
                yield f"{code} {later.valid_from}: {earlier.name} still bears this code then"


def _faults(unit: Unit, atlas: Atlas) -> Iterator[str]:
    if len(unit.code) != _DIGITS[unit.level] or not unit.code.isdecimal():
        yield f"a {unit.level} has a code of {_DIGITS[unit.level]} digits"
    if not unit.name.startswith(f"{LABELS[unit.kind]} "):
        yield f"the name of a {unit.kind} begins with {LABELS[unit.kind]!r}"
    if unit.valid_to is not None and unit.valid_to <= unit.valid_from:
        yield "it ends before it begins"
    if unit.level is not UnitLevel.PROVINCE:
        yield from _misplaced(unit, atlas)
    elif unit.parent_code is not None:
        yield "a province lies in nothing but itself"


def _misplaced(unit: Unit, atlas: Atlas) -> Iterator[str]:
    parent = atlas.in_force(unit.parent_code or "", unit.valid_from)
    if parent is None:
        yield f"its parent {unit.parent_code} is not in force when it begins"
    elif parent.valid_to is not None and (unit.valid_to is None or parent.valid_to < unit.valid_to):
        yield f"its parent {parent.name} ends before it does"
    elif parent.level is UnitLevel.COMMUNE or parent.level is unit.level:
        yield f"its parent {parent.name} is a {parent.level}"


def _dangling(handovers: Iterable[Handover], known: dict[Identity, Unit]) -> Iterator[str]:
    for handover in handovers:
        place = f"{handover.old_code} → {handover.new_code}"
        old = known.get((handover.old_code, handover.old_from))
        new = known.get((handover.new_code, handover.new_from))
        if old is None or old.valid_to != handover.effective_on:
            yield f"{place}: no {handover.old_code} ended on {handover.effective_on}"
        if new is None or new.valid_from != handover.effective_on:
            yield f"{place}: no {handover.new_code} began on {handover.effective_on}"


def _incomplete(units: Iterable[Unit], handovers: Iterable[Handover]) -> Iterator[str]:
    given: dict[Identity, list[Handover]] = defaultdict(list)
    for handover in handovers:
        given[handover.old_code, handover.old_from].append(handover)
    for unit in units:
        heirs = given[unit.identity]
        if unit.level is UnitLevel.COMMUNE and unit.valid_to is not None and not heirs:
            yield f"{unit.code} {unit.valid_from}: it ended and nothing says what became of it"
        is_split = len(heirs) > 1
        if any((heir.kind is HandoverKind.PARTIAL) is not is_split for heir in heirs):
            yield f"{unit.code} {unit.valid_from}: several heirs are all partial, one never is"
