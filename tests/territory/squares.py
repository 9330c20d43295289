"""Invented boundaries: the communes of Thanh Hóa as a grid of squares."""

from typing import Any

import msgspec

from modules.territory.facts import REFORM
from modules.territory.model.units import LEVELS, UnitLevel
from modules.territory.service.lists import shipped_units

WIDTH, HEIGHT = 0.078, 0.0736
"""Of a square, in degrees: 166 of them are as large as the province."""
_WEST, _SOUTH, _COLUMNS = 104.7, 19.45, 14

CODES = sorted(
    entry.code
    for entry in shipped_units("38").entries
    if entry.valid_from == REFORM and LEVELS[entry.kind] is UnitLevel.COMMUNE
)

Ring = list[list[float]]


def corner(code: str) -> tuple[float, float]:
    """The south-western corner of a commune's square, longitude first."""
    row, column = divmod(CODES.index(code), _COLUMNS)
    return _WEST + column * WIDTH, _SOUTH + row * HEIGHT


def centre(code: str) -> dict[str, float]:
    west, south = corner(code)
    return {"lat": south + HEIGHT / 2, "lon": west + WIDTH / 2}


def square(code: str, *, share: float = 1.0) -> Ring:
    """A closed ring around the centre, as large as the commune or a share of it."""
    middle = centre(code)
    east, north = WIDTH / 2 * share, HEIGHT / 2 * share
    corners = [(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)]
    return [[middle["lon"] + x * east, middle["lat"] + y * north] for x, y in corners]


def feature(code: str, *rings: Ring) -> dict[str, Any]:
    geometry = {"type": "Polygon", "coordinates": list(rings) or [square(code)]}
    return {"type": "Feature", "properties": {"ma": code}, "geometry": geometry}


def collection(*features: dict[str, Any]) -> bytes:
    return msgspec.json.encode({"type": "FeatureCollection", "features": features})


def province(**instead: dict[str, Any]) -> bytes:
    """All 166 squares; `c14758=feature(…)` puts another in the place of one."""
    return collection(*(instead.get(f"c{code}", feature(code)) for code in CODES))
