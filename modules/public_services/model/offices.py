"""Where one goes, when it is open, and whom one rings."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from math import asin, cos, radians, sin, sqrt
from typing import Annotated, Final, Literal, Protocol
from uuid import UUID

import msgspec
from msgspec import Meta

from backend.kernel import VIETNAM
from modules.public_services.model.procedures import ChannelKind, Level

AHEAD: Final = 14
"""An office that opens on none of so many days is not said to open at all."""
_EARTH_KM: Final = 6371.0
_CENTRES: Final = frozenset({"service_centre", "commune_desk"})

Clock = Annotated[str, Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")]
OfficeKind = Literal["service_centre", "commune_desk", "police", "tax", "other"]


class Filed(Protocol):
    """What of a procedure says where it may be filed."""

    @property
    def channels(self) -> Sequence[ChannelKind]: ...

    @property
    def levels(self) -> Sequence[Level]: ...


class Open(msgspec.Struct, frozen=True, kw_only=True):
    """Hours of one day of the week; 1 is Monday."""

    weekday: Annotated[int, Meta(ge=1, le=7)]
    opens: Clock
    closes: Clock

    def __post_init__(self) -> None:
        if self.opens >= self.closes:
            raise ValueError("closes")

    def covers(self, moment: datetime) -> bool:
        return moment.isoweekday() == self.weekday and (
            self.opens <= f"{moment:%H:%M}" < self.closes
        )


class OfficeDraft(msgspec.Struct, frozen=True, kw_only=True):
    """An office, as an editor writes it."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    kind: OfficeKind
    commune_code: Annotated[str, Meta(pattern="^[0-9]{5}$")] | None = None
    address: Annotated[str, Meta(min_length=1, max_length=500)]
    lat: Annotated[float, Meta(ge=-90, le=90)] | None = None
    lon: Annotated[float, Meta(ge=-180, le=180)] | None = None
    phones: Annotated[tuple[str, ...], Meta(max_length=10)] = ()
    hours: Annotated[tuple[Open, ...], Meta(max_length=28)] = ()
    closed_on: Annotated[tuple[date, ...], Meta(max_length=60)] = ()

    def __post_init__(self) -> None:
        if (self.lat is None) != (self.lon is None):
            raise ValueError("lon")


class Office(OfficeDraft, frozen=True, kw_only=True):
    """An office as it is kept."""

    id: UUID
    version: int


class OfficeCard(msgspec.Struct, frozen=True, kw_only=True):
    """An office, with what depends on the moment and on where somebody is."""

    office: Office
    open_now: bool
    next_opening: datetime | None
    """None while it is open, and when no opening is known."""
    distance_km: float | None


class Offices(msgspec.Struct, frozen=True, kw_only=True):
    """Offices, the nearest first where somebody said where they are."""

    offices: tuple[OfficeCard, ...]


class Hotline(msgspec.Struct, frozen=True, kw_only=True):
    """Whom to ring about what, and when somebody answers."""

    number: Annotated[str, Meta(pattern="^[0-9+]{3,15}$")]
    purpose: Annotated[str, Meta(min_length=1, max_length=200)]
    hours: Annotated[str, Meta(min_length=1, max_length=200)]


class Hotlines(msgspec.Struct, frozen=True, kw_only=True):
    """All of them, the most general first."""

    hotlines: tuple[Hotline, ...]


def is_centre(office: Office) -> bool:
    """Tell whether an office takes dossiers for others."""
    return office.kind in _CENTRES


def takes(office: Office, procedure: Filed) -> bool:
    """Tell whether a procedure may be filed at an office.

    What the province and its communes decide may be filed at any of their centres, wherever one
    lives (Decree 118/2025/NĐ-CP).
    """
    return (
        is_centre(office)
        and "in_person" in procedure.channels
        and not {"province", "commune"}.isdisjoint(procedure.levels)
    )


def is_open(office: Office, moment: datetime, days: Sequence[date]) -> bool:
    """Tell whether an office is open; `days` are working days, by the public calendar."""
    local = moment.astimezone(VIETNAM)
    return _works(office, local.date(), days) and any(each.covers(local) for each in office.hours)


def next_opening(office: Office, moment: datetime, days: Sequence[date]) -> datetime | None:
    """Return when a closed office opens next."""
    local = moment.astimezone(VIETNAM)
    for ahead in range(AHEAD):
        day = local.date() + timedelta(days=ahead)
        if not _works(office, day, days):
            continue
        openings = sorted(
            datetime.combine(day, time.fromisoformat(each.opens), VIETNAM)
            for each in office.hours
            if each.weekday == day.isoweekday()
        )
        for opening in openings:
            if opening > local:
                return opening
    return None


def _works(office: Office, day: date, days: Sequence[date]) -> bool:
    # A desk that is open on Saturdays is so whatever the calendar says of weekends.
    return day not in office.closed_on and (day in days or day.isoweekday() > 5)


def distance_km(office: Office, lat: float, lon: float) -> float | None:
    """Return how far an office is, as the crow flies."""
    if office.lat is None or office.lon is None:
        return None
    height, width = radians(office.lat - lat), radians(office.lon - lon)
    part = sin(height / 2) ** 2 + (
        cos(radians(lat)) * cos(radians(office.lat)) * sin(width / 2) ** 2
    )
    return round(2 * _EARTH_KM * asin(sqrt(part)), 2)
