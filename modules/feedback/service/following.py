"""Following public reports, and hearing of new ones in an area."""

from collections.abc import Sequence
from math import hypot
from typing import Final
from uuid import UUID

import msgspec

from backend.kernel import Job, NotFound, Snapshot, Transaction, Unauthenticated
from contracts.territory import CommuneRegister
from modules.feedback.errors import LimitReached, UnknownCommune
from modules.feedback.model.codes import heard
from modules.feedback.model.following import (
    SUBSCRIPTIONS_MAX,
    Area,
    Following,
    Kept,
    Subscription,
)
from modules.feedback.model.places import Point, Precision, mercator, snapped, stretch
from modules.feedback.repository import following as repository
from modules.feedback.repository import public


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """A report whose followers, and their objections, are to be counted."""

    report_id: UUID


async def recount(tx: Transaction, report_id: UUID) -> None:
    """Bring what everybody reads to how many follow a report, and how many object to its end."""
    await repository.count(tx, report_id)


async def _count(tx: Transaction, counted: Counted) -> None:
    await recount(tx, counted.report_id)


COUNT: Final = Job(name="feedback.count-followers", run=_count, payload=Counted)


async def follow(tx: Transaction, code: str) -> Following:
    """Follow a public report; again changes nothing. Raises `NotFound`."""
    found = await repository.follow(tx, heard(code) or "", _person(tx))
    if found is None:
        raise NotFound
    await _counted(tx, found.code)
    return found


async def unfollow(tx: Transaction, code: str) -> None:
    """Follow it no more; whoever did not follow it, does not."""
    written = heard(code) or ""
    await repository.unfollow(tx, written, _person(tx))
    await _counted(tx, written)


async def subscribe(tx: Transaction, area: Area, *, communes: CommuneRegister) -> Subscription:
    """Hear of new public reports in an area. Raises `UnknownCommune` or `LimitReached`."""
    person_id = _person(tx)
    if area.commune_code is not None and not await communes.in_force(area.commune_code, tx.today):
        raise UnknownCommune
    if len(await repository.own(tx, person_id)) >= SUBSCRIPTIONS_MAX:
        raise LimitReached(most=SUBSCRIPTIONS_MAX)
    place = area.location
    exact = None if place is None else Point(lat=place.lat, lon=place.lon)
    centre = snapped(exact, Precision.STREET)
    return (await repository.subscribe(tx, person_id, area, centre)).shown()


async def subscriptions(snapshot: Snapshot) -> Sequence[Subscription]:
    """Return the areas of which the caller hears."""
    return [kept.shown() for kept in await repository.own(snapshot, _person(snapshot))]


async def end(tx: Transaction, subscription_id: UUID) -> None:
    """Hear of an area no more. Raises `NotFound`."""
    if not await repository.end(tx, subscription_id, _person(tx)):
        raise NotFound


def reaches(kept: Kept, commune_code: str, point: Point | None) -> bool:
    """Tell whether a report of that place is of the area that somebody wants to hear of."""
    if kept.commune_code is not None:
        return kept.commune_code == commune_code
    if point is None or kept.lat is None or kept.lon is None or kept.radius_m is None:
        return False
    centre = Point(lat=kept.lat, lon=kept.lon)
    (x, y), (own_x, own_y) = mercator(point), mercator(centre)
    return hypot(x - own_x, y - own_y) * stretch(centre) <= kept.radius_m


async def _counted(tx: Transaction, code: str) -> None:
    row = await public.find(tx, code)
    if row is not None:
        await tx.enqueue(COUNT, Counted(report_id=row.report_id))


def _person(snapshot: Snapshot) -> UUID:
    person_id = snapshot.principal.person_id
    if person_id is None:
        raise Unauthenticated
    return person_id
