"""Where a report is, and how exactly everybody may know it."""

from enum import StrEnum
from math import cos, hypot, log, pi, radians, tan
from typing import Annotated, Final

import msgspec
from msgspec import Meta

CommuneCode = Annotated[str, Meta(pattern="^[0-9]{5}$", examples=["14797"])]
"""Code of a commune, ward or special zone in the statistics office's list; text, with zeros."""

EARTH_METRES: Final = 6_378_137.0
"""Radius of the sphere of Web Mercator (EPSG:3857)."""


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """A place on WGS 84, in degrees."""

    lat: Annotated[float, Meta(ge=-90, le=90, examples=[19.8067])]
    lon: Annotated[float, Meta(ge=-180, le=180, examples=[105.7852])]


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A place in Vietnam, with its islands, on WGS 84, in degrees."""

    lat: Annotated[float, Meta(ge=6, le=24, examples=[19.8067])]
    lon: Annotated[float, Meta(ge=102, le=118, examples=[105.7852])]


class Circle(msgspec.Struct, frozen=True, kw_only=True):
    """Everything at most `radius_m` metres from a point."""

    centre: Point
    radius_m: float


class Box(msgspec.Struct, frozen=True, kw_only=True):
    """Everything between two corners."""

    south_west: Point
    north_east: Point


class Precision(StrEnum):
    """How exactly the public learns where a report of a category is."""

    ASSET = "asset"
    """To 0.0001° (11 m): which lamp, which pothole."""
    STREET = "street"
    """To 0.001° (110 m): which stretch of street."""
    COMMUNE = "commune"
    """Only the commune: what happens at somebody's home."""


_DECIMALS: Final = {Precision.ASSET: 4, Precision.STREET: 3}


def decimals(precision: Precision) -> int:
    """Return to how many decimals of a degree the public learns a place; 0: not at all."""
    return _DECIMALS.get(precision, 0)


def snapped(point: Point | None, precision: Precision) -> Point | None:
    """Return the point that the public may know; None when that is only the commune.

    By rule and not by noise: noise is averaged away by whoever asks often enough.
    """
    decimals = _DECIMALS.get(precision)
    if point is None or decimals is None:
        return None
    return Point(lat=round(point.lat, decimals), lon=round(point.lon, decimals))


def mercator(point: Point) -> tuple[float, float]:
    """Return (x, y) in metres of Web Mercator, in which the map and its index think."""
    x = EARTH_METRES * radians(point.lon)
    y = EARTH_METRES * log(tan(pi / 4 + radians(point.lat) / 2))
    return x, y


def metres(one: Point, other: Point) -> float:
    """Return how far two points of a province lie apart."""
    (x, y), (u, v) = mercator(one), mercator(other)
    return hypot(x - u, y - v) * stretch(one)


def stretch(point: Point) -> float:
    """Return how many real metres one metre of Web Mercator is at the latitude of a point."""
    return cos(radians(point.lat))
