"""Following a report, and asking to hear of new ones in an area."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from modules.feedback.model.categories import CategoryCode
from modules.feedback.model.places import CommuneCode, Place, Point

SUBSCRIPTIONS_MAX: Final = 20

Pace = Literal["now", "daily", "weekly"]
"""Each report by itself, or their number once a day or on Mondays, at seven in the morning."""


class Area(msgspec.Struct, frozen=True, kw_only=True):
    """Of where you want to hear: a commune, or a circle. Its centre is kept as the map shows it."""

    commune_code: CommuneCode | None = None
    location: Place | None = None
    radius_m: Annotated[int, Meta(ge=100, le=5000)] = 1000
    categories: Annotated[tuple[CategoryCode, ...], Meta(max_length=50)] = ()
    """Only these; every category when empty."""
    pace: Pace = "daily"

    def __post_init__(self) -> None:
        if (self.commune_code is None) == (self.location is None):
            raise ValueError("location")


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """An area of which you hear."""

    id: UUID
    commune_code: str | None
    location: Point | None
    radius_m: int | None
    categories: Sequence[str]
    pace: Pace
    created_at: datetime


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription as it is kept."""

    id: UUID
    person_id: UUID
    commune_code: str | None
    lat: float | None
    lon: float | None
    radius_m: int | None
    categories: Sequence[str]
    pace: Pace
    created_at: datetime
    told_until: datetime

    def shown(self) -> Subscription:
        """Return it as its owner reads it."""
        lat, lon = self.lat, self.lon
        return Subscription(
            id=self.id,
            commune_code=self.commune_code,
            location=None if lat is None or lon is None else Point(lat=lat, lon=lon),
            radius_m=self.radius_m,
            categories=self.categories,
            pace=self.pace,
            created_at=self.created_at,
        )


class Following(msgspec.Struct, frozen=True, kw_only=True):
    """That you follow a report, and since when."""

    code: str
    since: datetime
