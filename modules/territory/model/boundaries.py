"""Boundaries of communes: what a file of them must fulfil before it may decide anything.

Positions are `[longitude, latitude]` in degrees, WGS 84 (RFC 7946).
"""

import math
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from datetime import date
from itertools import pairwise
from typing import Annotated, Any, Final, TypeAlias

import msgspec
from msgspec import Meta

from modules.territory.model.tables import Unfit

Position: TypeAlias = tuple[float, float]
Ring: TypeAlias = list[Position]

_RING_POINTS_MIN: Final = 4
_RING_POINTS_MAX: Final = 50_000
_AREA_MAY_DIFFER: Final = 0.02
_BOX_MARGIN: Final = 0.02
"""Degrees, about 2 km: published boxes are rounded to minutes."""

_EARTH_KM: Final = 6371.0072
"""Radius of the sphere with the surface of WGS 84."""

_COARSE: Final = 0.0005
"""Degrees, about 50 m: what a line may be off when it is only drawn."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A point in degrees, WGS 84."""

    lat: Annotated[float, Meta(ge=-90, le=90, examples=[19.8067])]
    lon: Annotated[float, Meta(ge=-180, le=180, examples=[105.7852])]


class Extent(msgspec.Struct, frozen=True, kw_only=True):
    """How large a province is, and the box it lies in (degrees): a line of `extents.csv`."""

    province_code: str
    south: float
    west: float
    north: float
    east: float
    area_km2: float
    source: str

    def holds(self, position: Position) -> bool:
        """Tell whether a position lies in the box, or hardly outside."""
        lon, lat = position
        is_between = self.south - _BOX_MARGIN <= lat <= self.north + _BOX_MARGIN
        return is_between and self.west - _BOX_MARGIN <= lon <= self.east + _BOX_MARGIN


class Territory(msgspec.Struct, frozen=True, kw_only=True):
    """The land of one unit: parts, each an outer ring and the holes in it."""

    code: str
    parts: list[list[Ring]]


class Outline(msgspec.Struct, frozen=True, kw_only=True):
    """A coarser copy for drawing: the coordinates of a MultiPolygon."""

    code: str
    coordinates: list[list[Ring]]


class _Polygon(msgspec.Struct, frozen=True, kw_only=True, tag="Polygon"):
    coordinates: list[list[list[float]]]


class _MultiPolygon(msgspec.Struct, frozen=True, kw_only=True, tag="MultiPolygon"):
    coordinates: list[list[list[list[float]]]]


class _Feature(msgspec.Struct, frozen=True, kw_only=True):
    properties: dict[str, Any]
    geometry: _Polygon | _MultiPolygon


class _FeatureCollection(msgspec.Struct, frozen=True, kw_only=True, tag="FeatureCollection"):
    features: list[_Feature]


def read(geojson: bytes, code_property: str) -> list[Territory]:
    """Read a FeatureCollection of Polygons and MultiPolygons. Raises `Unfit`."""
    try:
        features = msgspec.json.decode(geojson, type=_FeatureCollection).features
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unfit([f"this is not such GeoJSON: {error}"]) from error
    faults: list[str] = []
    found: list[Territory] = []
    for number, feature in enumerate(features):
        code = str(feature.properties.get(code_property, ""))
        geometry = feature.geometry
        many = [geometry.coordinates] if isinstance(geometry, _Polygon) else geometry.coordinates
        try:
            parts = [[[_position(each) for each in ring] for ring in part] for part in many]
        except ValueError:
            faults.append(f"feature {number}: a position has two numbers, or a height as well")
        else:
            found.append(Territory(code=code, parts=parts))
    if faults:
        raise Unfit(faults)
    return found


def _position(numbers: list[float]) -> Position:
    lon, lat, *_ = numbers
    return lon, lat


def faults(found: Sequence[Territory], codes: Collection[str], extent: Extent) -> list[str]:
    """Return why these cannot be the communes of `codes`, a line each."""
    times = Counter(territory.code for territory in found)
    faults = [
        f"{code or 'a feature without code'}: no commune then"
        for code in times
        if code not in codes
    ]
    faults += [f"{code}: stands {count} times" for code, count in times.items() if count > 1]
    faults += [f"{code}: missing" for code in sorted(set(codes) - set(times))]
    for territory in found:
        faults += [f"{territory.code}: {fault}" for fault in _ring_faults(territory)]
    if faults:
        return faults
    positions = [each for territory in found for each in _positions(territory)]
    outside = [each for each in positions if not extent.holds(each)]
    if outside and all(extent.holds((lat, lon)) for lon, lat in outside):
        return ["the axes are swapped: GeoJSON has the longitude first"]
    if outside:
        return [f"{len(outside)} of {len(positions)} points lie outside the province's box"]
    area = sum(map(area_km2, found))
    if abs(area / extent.area_km2 - 1) > _AREA_MAY_DIFFER:
        return [f"the total area is {area:.0f} km², the province has {extent.area_km2:.0f}"]
    return []


def _ring_faults(territory: Territory) -> Iterator[str]:
    if not territory.parts or not all(territory.parts):
        yield "it has no land"
    for ring in _rings(territory):
        if not _RING_POINTS_MIN <= len(ring) <= _RING_POINTS_MAX:
            yield f"a ring of {len(ring)} points"
        elif ring[0] != ring[-1]:
            yield "a ring that is not closed"


def _rings(territory: Territory) -> Iterator[Ring]:
    for part in territory.parts:
        yield from part


def _positions(territory: Territory) -> Iterator[Position]:
    for ring in _rings(territory):
        yield from ring


def area_km2(territory: Territory) -> float:
    """Return the area on the sphere, holes subtracted."""
    return sum(
        ring_area - sum(holes)
        for ring_area, *holes in ([*map(_ring_km2, part)] for part in territory.parts)
    )


def _ring_km2(ring: Ring) -> float:
    twice = sum(
        math.radians(lon_b - lon_a)
        * (2 + math.sin(math.radians(lat_a)) + math.sin(math.radians(lat_b)))
        for (lon_a, lat_a), (lon_b, lat_b) in pairwise(ring)
    )
    return abs(twice) / 2 * _EARTH_KM**2


def outline(territory: Territory) -> Outline:
    """Return a coarser copy. Neighbours are coarsened apart, so lines may not meet exactly."""
    return Outline(
        code=territory.code,
        coordinates=[[_coarser(ring) for ring in part] for part in territory.parts],
    )


def _coarser(ring: Ring) -> Ring:
    """Leave out what lies within `_COARSE` of a straight line (Douglas and Peucker, 1973)."""
    far = max(range(len(ring)), key=lambda place: math.dist(ring[place], ring[0]))
    kept = {0, far, len(ring) - 1}
    waiting = [(0, far), (far, len(ring) - 1)]
    while waiting:
        start, end = waiting.pop()
        between = range(start + 1, end)
        worst = max(between, key=lambda at: _off(ring[at], ring[start], ring[end]), default=None)
        if worst is not None and _off(ring[worst], ring[start], ring[end]) > _COARSE:
            kept.add(worst)
            waiting += [(start, worst), (worst, end)]
    rounded = [(round(ring[at][0], 5), round(ring[at][1], 5)) for at in sorted(kept)]
    return rounded if len(rounded) >= _RING_POINTS_MIN else ring


def _off(point: Position, start: Position, end: Position) -> float:
    """Return how far a point lies off the line between two others, in degrees."""
    length = math.dist(start, end)
    if length == 0:
        return math.dist(point, start)
    cross = (end[0] - start[0]) * (start[1] - point[1]) - (start[0] - point[0]) * (
        end[1] - start[1]
    )
    return abs(cross) / length


class Feature(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="Feature"):
    """One commune on a map."""

    properties: "Properties"
    geometry: "MultiPolygon"


class Properties(msgspec.Struct, frozen=True, kw_only=True):
    """What is told of it."""

    code: str
    name: str


class MultiPolygon(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="MultiPolygon"):
    """Its outline: parts, each an outer ring and the holes in it."""

    coordinates: list[list[Ring]]


class FeatureCollection(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="FeatureCollection"
):
    """The communes of a province as GeoJSON (RFC 7946), to be drawn, not to decide."""

    version: str
    as_of: date
    source: str
    licence: str
    features: list[Feature]
