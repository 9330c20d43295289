"""What several routes share: parameters, refusals, and how a place is written in an address."""

from typing import Annotated, Final, TypeAlias

from litestar.datastructures import CacheControlHeader
from litestar.params import HeaderParameter, QueryParameter

from backend.kernel import PHOTOS_MAX, BadRequest, NotFound, VersionRequired, VersionStale
from contracts.problem import Fault
from modules.feedback.errors import NotFromHere
from modules.feedback.model import reports
from modules.feedback.model.places import Box, Circle, Point

Limit: TypeAlias = Annotated[
    int, QueryParameter(ge=1, le=100, description="How many at most, on one page.")
]
Cursor: TypeAlias = Annotated[
    str | None,
    QueryParameter(max_length=1024, description="`next_cursor` of the page before."),
]
# Web Mercator ends at 85°; nothing that we serve lies beyond.
_LAT: Final = r"-?(85(\.0{1,8})?|(8[0-4]|[0-7]?[0-9])(\.[0-9]{1,8})?)"
_LON: Final = r"-?(180(\.0{1,8})?|(1[0-7][0-9]|0?[0-9]?[0-9])(\.[0-9]{1,8})?)"

Near: TypeAlias = Annotated[
    str | None,
    QueryParameter(
        pattern=f"^{_LAT},{_LON}$",
        description="A point as `lat,lon`, in degrees: `19.8067,105.7852`.",
    ),
]
Corners: TypeAlias = Annotated[
    str | None,
    QueryParameter(
        pattern=f"^{_LON},{_LAT},{_LON},{_LAT}$",
        description="A box as `west,south,east,north`, in degrees, at most 0.5 wide and high.",
    ),
]
RadiusMetres: TypeAlias = Annotated[
    int, QueryParameter(ge=1, le=5000, description="Around `near`, in metres.")
]
Key: TypeAlias = Annotated[
    str,
    HeaderParameter(
        name="Idempotency-Key",
        max_length=255,
        description="New for each report, the same when the same report is sent again.",
    ),
]

Token: TypeAlias = Annotated[
    str | None,
    HeaderParameter(
        name="Tracking-Token",
        required=False,
        max_length=64,
        description="`token` of a report that was filed without an account: opens it.",
    ),
]
Device: TypeAlias = Annotated[
    str | None,
    HeaderParameter(
        name="Tinhs-Device",
        required=False,
        min_length=43,
        max_length=86,
        pattern="^[A-Za-z0-9_-]+$",
        description="32 random bytes or more, base64url, which an app makes once and keeps: what is"
        " sent without an account hangs on it. For limits; kept as a keyed digest alone.",
    ),
]

_WHY: Final = QueryParameter(min_length=10, max_length=500, description="Why, in a sentence.")
Why: TypeAlias = Annotated[str, _WHY]
WhyIfNeeded: TypeAlias = Annotated[str | None, _WHY]

MOVED: Final = (NotFound, NotFromHere, VersionRequired, VersionStale)
"""How every call to a report may be refused."""

TAKES_PHOTOS: Final = {PHOTOS_MAX: reports.PHOTOS_MAX}

FRESH: Final = CacheControlHeader(public=True, max_age=30, stale_while_revalidate=120)
"""Of lists that everybody reads."""

REFERENCE: Final = CacheControlHeader(public=True, max_age=300, stale_while_revalidate=86400)
"""Of what changes a few times a year."""

_BOX_DEGREES_MAX: Final = 0.5


def circle(near: str, radius_m: int) -> Circle:
    """Return the circle that was asked about."""
    lat, lon = (float(part) for part in near.split(","))
    return Circle(centre=Point(lat=lat, lon=lon), radius_m=radius_m)


def box(corners: str) -> Box:
    """Return the box that was asked about. Raises `BadRequest`."""
    west, south, east, north = (float(part) for part in corners.split(","))
    wide, high = east - west, north - south
    if min(wide, high) <= 0:
        raise BadRequest(errors=[Fault(parameter="bbox", code="inconsistent")])
    if max(wide, high) > _BOX_DEGREES_MAX:
        raise BadRequest(errors=[Fault(parameter="bbox", code="too_large", limit=_BOX_DEGREES_MAX)])
    return Box(south_west=Point(lat=south, lon=west), north_east=Point(lat=north, lon=east))
