"""How exactly the public learns a place."""

from math import asin, cos, radians, sin, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.feedback.model.places import Point, Precision, mercator, snapped, stretch

LAT, LON = st.floats(8, 24), st.floats(102, 118)


def metres(one: Point, other: Point) -> float:
    """The haversine rule, on a sphere of the mean radius."""
    lat = radians(other.lat - one.lat) / 2
    lon = radians(other.lon - one.lon) / 2
    h = sin(lat) ** 2 + cos(radians(one.lat)) * cos(radians(other.lat)) * sin(lon) ** 2
    return 2 * 6_371_000 * asin(sqrt(h))


@given(LAT, LON)
def test_neighbours_share_a_point(lat: float, lon: float) -> None:
    here = Point(lat=lat, lon=lon)

    street, asset = snapped(here, Precision.STREET), snapped(here, Precision.ASSET)

    assert street is not None
    assert asset is not None
    assert metres(here, street) < 80
    assert metres(here, asset) < 8
    assert snapped(street, Precision.STREET) == street


def test_what_is_at_home_has_no_point() -> None:
    assert snapped(Point(lat=19.8, lon=105.7), Precision.COMMUNE) is None


@given(LAT, LON, st.floats(-0.03, 0.03), st.floats(-0.03, 0.03))
def test_metres_of_the_map_are_metres_of_the_ground(
    lat: float, lon: float, north: float, east: float
) -> None:
    one, other = Point(lat=lat, lon=lon), Point(lat=lat + north, lon=lon + east)
    (x1, y1), (x2, y2) = mercator(one), mercator(other)

    flat = sqrt((x2 - x1) ** 2 + (y2 - y1) ** 2) * stretch(one)

    assert flat == pytest.approx(metres(one, other), rel=0.005, abs=1)
