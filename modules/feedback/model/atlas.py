"""The public map: which cells a tile is made of, and what stands in it.

Tiles are those of every web map (z, x, y over Web Mercator). Where many reports fall together a
tile holds clusters, counted beforehand; close to the ground it holds the reports themselves.
"""

from collections.abc import Mapping, Sequence
from math import atan, degrees, exp, pi
from typing import Final, Literal

import msgspec

from modules.feedback.model.places import EARTH_METRES, Point

MapSet = Literal["recent", "all"]
"""`recent`: open, or ended within 90 days."""

LEVELS: Final = (11, 13, 15, 17)
"""How finely the map is counted: the world is divided into 2^level rows of cells."""
ZOOM_FIRST: Final = 7
ZOOM_CLUSTERS_LAST: Final = 15
ZOOM_LAST: Final = 18
POINTS_MAX: Final = 500

_HALF: Final = pi * EARTH_METRES
_FINER: Final = 4


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """Reports of one kind that lie together, as they are counted."""

    x: int
    y: int
    kind: Literal["open", "ended"]
    n: int
    sum_x: float
    sum_y: float


class Cluster(msgspec.Struct, frozen=True, kw_only=True):
    """Reports that lie together, shown as one."""

    lat: float
    lon: float
    n: int
    by_kind: Mapping[str, int]
    """How many of them are `open`, and how many `ended`."""


class Dot(msgspec.Struct, frozen=True, kw_only=True):
    """A report on the map."""

    code: str
    category: str
    kind: Literal["open", "ended"]
    lat: float
    lon: float


class Tile(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in a tile: clusters up to zoom 15, the newest reports from 16 on."""

    clusters: Sequence[Cluster] = ()
    points: Sequence[Dot] = ()
    more: bool = False
    """Whether there are more reports than are shown."""


class Edges(msgspec.Struct, frozen=True, kw_only=True):
    """The edges of a tile, in metres of Web Mercator."""

    west: float
    south: float
    east: float
    north: float


def level_of(zoom: int) -> int:
    """Return the level whose cells a tile of that zoom is made of: at most 16 by 16 of them."""
    return max(level for level in LEVELS if level <= max(zoom + _FINER, LEVELS[0]))


def cells_of(zoom: int, x: int, y: int) -> tuple[int, int, int, int]:
    """Return the first and last columns and rows of cells in a tile."""
    finer = level_of(zoom) - zoom
    return x << finer, ((x + 1) << finer) - 1, y << finer, ((y + 1) << finer) - 1


def edges(zoom: int, x: int, y: int) -> Edges:
    """Return the edges of a tile. Rows are counted from the north."""
    size = 2 * _HALF / 2**zoom
    west, north = x * size - _HALF, _HALF - y * size
    return Edges(west=west, south=north - size, east=west + size, north=north)


def on_globe(x: float, y: float) -> Point:
    """Return the place of a point of Web Mercator, to six decimals."""
    lat = degrees(2 * atan(exp(y / EARTH_METRES)) - pi / 2)
    return Point(lat=round(lat, 6), lon=round(degrees(x / EARTH_METRES), 6))


def clusters(cells: Sequence[Cell]) -> Sequence[Cluster]:
    """Return the cells as they are shown: one mark for each, in the middle of what lies in it."""
    together: dict[tuple[int, int], list[Cell]] = {}
    for cell in cells:
        together.setdefault((cell.x, cell.y), []).append(cell)
    found: list[Cluster] = []
    for each in together.values():
        n = sum(cell.n for cell in each)
        middle = on_globe(
            sum(cell.sum_x for cell in each) / n, sum(cell.sum_y for cell in each) / n
        )
        kinds = {cell.kind: cell.n for cell in each}
        found.append(Cluster(lat=middle.lat, lon=middle.lon, n=n, by_kind=kinds))
    return found
