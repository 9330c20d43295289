"""Where one goes, when it is open, and whom one rings."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from backend.kernel import Snapshot, Transaction, check_version, seen
from contracts.calendar import WorkingCalendar
from modules.public_services.errors import NoSuchOffice
from modules.public_services.model import offices
from modules.public_services.model.offices import Hotline, Office, OfficeCard, OfficeDraft
from modules.public_services.model.views import Procedure
from modules.public_services.repository import offices as repository
from modules.public_services.service.versions import settled


async def hotlines(snapshot: Snapshot) -> tuple[Hotline, ...]:
    """Return whom to ring."""
    return tuple(await repository.hotlines(snapshot))


async def near(
    snapshot: Snapshot,
    commune_code: str | None = None,
    point: tuple[float, float] | None = None,
    procedure: Procedure | None = None,
) -> list[OfficeCard]:
    """Return offices, open ones said to be so; the nearest first if there is a point.

    With a procedure, those where it may be filed.
    """
    found = await repository.offices(snapshot, commune_code)
    if procedure is not None:
        found = [each for each in found if offices.takes(each, procedure)]
    days = await _working_days(snapshot)
    cards = [_card(snapshot, office, days, point) for office in found]
    if point is not None:
        cards.sort(key=lambda card: (card.distance_km is None, card.distance_km or 0.0))
    return cards


def _card(
    snapshot: Snapshot, office: Office, days: Sequence[date], point: tuple[float, float] | None
) -> OfficeCard:
    open_now = offices.is_open(office, snapshot.now, days)
    return OfficeCard(
        office=office,
        open_now=open_now,
        next_opening=None if open_now else offices.next_opening(office, snapshot.now, days),
        distance_km=None if point is None else offices.distance_km(office, *point),
    )


async def _working_days(snapshot: Snapshot) -> list[date]:
    calendar = snapshot.ask(WorkingCalendar)
    ahead = [snapshot.today + timedelta(days=number) for number in range(offices.AHEAD)]
    yesterday = timedelta(days=1)
    return [day for day in ahead if await calendar.between(day - yesterday, day) == 1]


async def put(
    tx: Transaction, office_id: UUID, office: OfficeDraft, if_match: str | None
) -> Office:
    """Keep an office. Raises `VersionRequired`, `VersionStale`."""
    kept = await repository.put_office(tx, office_id, office, seen(if_match))
    return await settled(kept, lambda: repository.office(tx, office_id))


async def read(snapshot: Snapshot, office_id: UUID) -> Office:
    """Return an office. Raises `NoSuchOffice`."""
    found = await repository.office(snapshot, office_id)
    if found is None:
        raise NoSuchOffice
    return found


async def drop(tx: Transaction, office_id: UUID, if_match: str | None) -> None:
    """Keep an office no longer. Raises `NoSuchOffice`, `VersionRequired`, `VersionStale`."""
    check_version((await read(tx, office_id)).version, if_match)
    await repository.drop_office(tx, office_id)


async def put_hotlines(tx: Transaction, hotlines: Sequence[Hotline]) -> tuple[Hotline, ...]:
    """Keep these numbers, in this order, and no others."""
    await repository.put_hotlines(tx, hotlines)
    return tuple(await repository.hotlines(tx))
