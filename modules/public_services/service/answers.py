"""Answers beside the procedures: rules, offices, hotlines, sums."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from backend.kernel import Job, Snapshot, Transaction, VersionStale, check_version, seen
from contracts.calendar import WorkingCalendar
from modules.public_services.errors import (
    CasesFail,
    DecisionMalformed,
    NoSuchDecision,
    NoSuchOffice,
    NoSuchProcedure,
)
from modules.public_services.model import decisions, offices
from modules.public_services.model.decisions import Definition, Evaluation, Given
from modules.public_services.model.offices import Hotline, Office, OfficeCard, OfficeDraft
from modules.public_services.repository import answers as repository
from modules.public_services.repository import catalogue
from modules.public_services.repository.answers import DecisionRow, DossierSum

_MONTHS_AGAIN: Final = 62


async def keys(snapshot: Snapshot) -> tuple[str, ...]:
    """Return the names of what can be decided."""
    return tuple(each.key for each in await repository.published(snapshot))


async def hotlines(snapshot: Snapshot) -> tuple[Hotline, ...]:
    """Return whom to ring."""
    return tuple(await repository.hotlines(snapshot))


async def sums(
    snapshot: Snapshot, agency: str | None, procedure_code: str | None
) -> tuple[DossierSum, ...]:
    """Return how dossiers went."""
    return tuple(await repository.sums(snapshot, agency, procedure_code))


async def published(snapshot: Snapshot, key: str) -> DecisionRow:
    """Return what is published. Raises `NoSuchDecision`."""
    found = await repository.decision(snapshot, key, "published")
    if found is None:
        raise NoSuchDecision
    return found


async def evaluate(snapshot: Snapshot, key: str, given: Given, on: date | None) -> Evaluation:
    """Return what a table says. Raises `NoSuchDecision`, or `DecisionMalformed` for other types."""
    table = (await published(snapshot, key)).definition
    known = {each.name: each for each in table.inputs}
    for name, value in given.items():
        if name not in known or not known[name].admits(value):
            raise DecisionMalformed
    return decisions.evaluate(table, given, on or snapshot.today)


async def draft(
    tx: Transaction, key: str, definition: Definition, if_match: str | None
) -> DecisionRow:
    """Keep a draft: the next version. Raises `VersionRequired`, `VersionStale`."""
    newest = await repository.decision(tx, key, None)
    current = 0 if newest is None else newest.version
    kept = None
    if seen(if_match) == current:
        is_draft = newest is not None and newest.status == "draft"
        kept = await repository.draft(tx, key, current if is_draft else current + 1, definition)
    if kept is None:
        raise VersionStale(current_version=current)
    return kept


async def publish(tx: Transaction, key: str) -> DecisionRow:
    """Let a draft be the answer, if its examples come out right.

    Raises `NoSuchDecision` or `CasesFail`.
    """
    drafted = await repository.decision(tx, key, "draft")
    if drafted is None:
        raise NoSuchDecision
    if decisions.faults(drafted.definition):
        raise CasesFail
    kept = await repository.publish(tx, key, drafted.version)
    if kept is None:
        raise NoSuchDecision
    return kept


async def near(
    snapshot: Snapshot, commune_code: str | None, point: tuple[float, float] | None
) -> list[OfficeCard]:
    """Return offices, open ones said to be so; the nearest first if there is a point."""
    found = await repository.offices(snapshot, commune_code)
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


async def put_office(
    tx: Transaction, office_id: UUID, office: OfficeDraft, if_match: str | None
) -> Office:
    """Keep an office. Raises `VersionRequired`, `VersionStale`."""
    kept = await repository.put_office(tx, office_id, office, seen(if_match))
    if kept is None:
        current = await repository.office(tx, office_id)
        raise VersionStale(current_version=0 if current is None else current.version)
    return kept


async def office(snapshot: Snapshot, office_id: UUID) -> Office:
    """Return an office. Raises `NoSuchOffice`."""
    found = await repository.office(snapshot, office_id)
    if found is None:
        raise NoSuchOffice
    return found


async def drop_office(tx: Transaction, office_id: UUID, if_match: str | None) -> None:
    """Keep an office no longer. Raises `NoSuchOffice`, `VersionRequired`, `VersionStale`."""
    check_version((await office(tx, office_id)).version, if_match)
    await repository.drop_office(tx, office_id)


async def put_hotlines(tx: Transaction, hotlines: Sequence[Hotline]) -> tuple[Hotline, ...]:
    """Keep these numbers, in this order, and no others."""
    await repository.put_hotlines(tx, hotlines)
    return tuple(await repository.hotlines(tx))


async def vote(tx: Transaction, code: str, opinion: str) -> None:
    """Count an opinion about a page. Raises `NoSuchProcedure`."""
    if await catalogue.number(tx, code) is None:
        raise NoSuchProcedure
    await repository.vote(tx, code, opinion)


async def sum_up(tx: Transaction) -> None:
    """Sum up the last two months anew."""
    since = (tx.today - timedelta(days=_MONTHS_AGAIN)).replace(day=1)
    await repository.sum_up(tx, since)


SUM_UP: Final = Job(name="public_services.sum-up", run=sum_up, cron="10 3 * * *", seconds_max=600)
