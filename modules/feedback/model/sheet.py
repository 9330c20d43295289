"""A map as a drawing of the server: what part of the world it shows, and what stands where on it.

Web Mercator like every web map, `WIDTH` by `HEIGHT` pixels around a middle.
"""

from collections.abc import Sequence
from math import cos, log2, pi, radians
from typing import Final, NamedTuple

import msgspec

from modules.feedback.model.atlas import (
    LEVELS,
    ZOOM_CLUSTERS_LAST,
    ZOOM_FIRST,
    ZOOM_LAST,
    Cluster,
    Edges,
    on_globe,
)
from modules.feedback.model.places import EARTH_METRES, Point, mercator

WIDTH: Final = 960
HEIGHT: Final = 600
_HALF: Final = pi * EARTH_METRES
_TILE: Final = 256
_BAR_MAX: Final = 180
_LEAST_RADIUS: Final = 18
_GROWTH: Final = 3.2
_STEP: Final = 0.4
"""The part of the drawing by which one moves on."""


class Line(NamedTuple):
    """A line of the grid: where it stands, and which degree it is."""

    at: float
    label: str


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the world, as it is drawn."""

    lat: float
    lon: float
    zoom: int

    @property
    def metres(self) -> float:
        """Metres of Web Mercator in a pixel."""
        return 2 * _HALF / (_TILE * 2**self.zoom)

    @property
    def edges(self) -> Edges:
        """The edges of the drawing, in metres of Web Mercator."""
        x, y = mercator(Point(lat=self.lat, lon=self.lon))
        far, high = WIDTH / 2 * self.metres, HEIGHT / 2 * self.metres
        return Edges(west=x - far, south=y - high, east=x + far, north=y + high)

    @property
    def is_clustered(self) -> bool:
        """Whether reports are drawn together."""
        return self.zoom <= ZOOM_CLUSTERS_LAST

    @property
    def level(self) -> int:
        """Level of the cells that are drawn: marks at least 64 pixels apart, where there is one."""
        return max(each for each in LEVELS if each <= max(self.zoom + 2, LEVELS[0]))

    def cells(self) -> tuple[int, int, int, int]:
        """Return the first and last columns and rows of cells that the drawing touches."""
        side = 2 * _HALF / 2**self.level
        edges = self.edges
        return (
            int((edges.west + _HALF) // side),
            int((edges.east + _HALF) // side),
            int((_HALF - edges.north) // side),
            int((_HALF - edges.south) // side),
        )

    def place(self, lat: float, lon: float) -> tuple[float, float]:
        """Return where a point stands on the drawing, in pixels from its upper left corner."""
        x, y = mercator(Point(lat=lat, lon=lon))
        edges = self.edges
        return round((x - edges.west) / self.metres, 1), round((edges.north - y) / self.metres, 1)

    def moved(self, east: int, north: int) -> "Sheet":
        """Return the part beside this one: -1, 0 or 1 each way."""
        x, y = mercator(Point(lat=self.lat, lon=self.lon))
        middle = on_globe(
            x + east * _STEP * WIDTH * self.metres, y + north * _STEP * HEIGHT * self.metres
        )
        return sheet(middle.lat, middle.lon, self.zoom)

    def nearer(self, by: int, at: Point | None = None) -> "Sheet":
        """Return the same closer, or from further away, around a point if one is given."""
        middle = at or Point(lat=self.lat, lon=self.lon)
        return sheet(middle.lat, middle.lon, self.zoom + by)

    def grid(self) -> tuple[Sequence[Line], Sequence[Line]]:
        """Return the meridians and the parallels that cross the drawing: at least two, not many."""
        edges = self.edges
        low, high = on_globe(edges.west, edges.south), on_globe(edges.east, edges.north)
        step = next(s for s in _DEGREES if (high.lon - low.lon) / s <= 6 or s == _DEGREES[-1])
        meridians = [
            Line(self.place(self.lat, lon)[0], f"{lon:g}°")
            for lon in _marks(low.lon, high.lon, step)
        ]
        parallels = [
            Line(self.place(lat, self.lon)[1], f"{lat:g}°")
            for lat in _marks(low.lat, high.lat, step)
        ]
        return meridians, parallels

    def bar(self) -> tuple[float, str]:
        """Return how long the bar of the scale is in pixels, and what it says."""
        on_ground = self.metres * cos(radians(self.lat))
        length = max(m for m in _LENGTHS if m / on_ground <= _BAR_MAX or m == _LENGTHS[0])
        said = f"{length // 1000} km" if length >= 1000 else f"{length} m"
        return round(length / on_ground, 1), said


_DEGREES: Final = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
_LENGTHS: Final = (20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000)


def sheet(lat: float, lon: float, zoom: int) -> Sheet:
    """Return a part of the world, with its zoom between the first and the last that there are."""
    return Sheet(
        lat=round(lat, 5), lon=round(lon, 5), zoom=min(max(zoom, ZOOM_FIRST), ZOOM_LAST - 1)
    )


def around(points: Sequence[Cluster]) -> Sheet | None:
    """Return the closest part of the world on which all of them stand; None for none."""
    if not points:
        return None
    corners = [mercator(Point(lat=each.lat, lon=each.lon)) for each in points]
    west, east = min(x for x, _ in corners), max(x for x, _ in corners)
    south, north = min(y for _, y in corners), max(y for _, y in corners)
    middle = on_globe((west + east) / 2, (south + north) / 2)
    needed = max((east - west) / (WIDTH * 0.8), (north - south) / (HEIGHT * 0.8), 1.0)
    return sheet(middle.lat, middle.lon, min(int(log2(2 * _HALF / _TILE / needed)), 14))


def radius(n: int) -> float:
    """Return how large the mark of so many reports is: never smaller than a finger can hit."""
    return round(_LEAST_RADIUS + _GROWTH * log2(n), 1)


def _marks(low: float, high: float, step: float) -> Sequence[float]:
    first = int(low / step) + 1
    return [round(n * step, 6) for n in range(first, int(high / step) + 1)]
