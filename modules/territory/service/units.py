"""Which unit is this, which was it, which is it on another day."""

from collections.abc import Sequence
from datetime import date

from modules.territory.errors import UnknownUnit
from modules.territory.model.atlas import Atlas
from modules.territory.model.units import Predecessor, Successors, Unit, UnitLevel


def read(atlas: Atlas, code: str, on: date) -> Unit:
    """Return the unit that bears the code on that day.

    Raises `UnknownUnit`, which says when the code was borne.
    """
    unit = atlas.in_force(code, on)
    if unit is None:
        raise unknown(atlas, code)
    return unit


def history(atlas: Atlas, code: str) -> Sequence[Unit]:
    """Return every unit that bore the code, oldest first. Raises `UnknownUnit`."""
    bearers = atlas.bearers(code)
    if not bearers:
        raise unknown(atlas, code)
    return bearers


def listed(
    atlas: Atlas,
    on: date,
    *,
    province: str,
    level: UnitLevel | None,
    parent: str | None,
) -> list[Unit]:
    """Return the units in force on that day, in the order of their codes."""
    return [
        unit
        for unit in atlas.units
        if unit.is_in_force(on)
        and unit.province_code == province
        and level in {None, unit.level}
        and parent in {None, unit.parent_code}
    ]


def successors(atlas: Atlas, code: str, was_on: date | None, on: date) -> Successors:
    """Return what the bearer of the code on `was_on` may be on another day.

    Without `was_on` any of its bearers may be meant. Raises `UnknownUnit`.
    """
    olds = history(atlas, code) if was_on is None else [read(atlas, code, was_on)]
    return atlas.successors(olds, on)


def predecessors(atlas: Atlas, code: str, on: date) -> tuple[Predecessor, ...]:
    """Return what the unit came from. Raises `UnknownUnit`."""
    return atlas.predecessors(read(atlas, code, on))


def unknown(atlas: Atlas, code: str) -> UnknownUnit:
    """Return the refusal that says when units bore the code, if ever."""
    lived = ", ".join(unit.lifetime for unit in atlas.bearers(code))
    return UnknownUnit(code=code, lived=lived or "-")
