"""Years: read, written by an officer, loaded from what the house ships."""

import tomllib
from collections.abc import Sequence
from importlib.resources import files

import msgspec

from backend.calendar import repository
from backend.calendar.errors import UnfitDays, UnknownYear, YearIsConfirmed
from backend.calendar.model import CalendarYear, SpecialDay, YearDraft, faults
from backend.kernel import Snapshot, Transaction, VersionStale
from contracts.calendar import YearConfirmed


class _Shipped(msgspec.Struct, frozen=True, kw_only=True):
    """A year in the file."""

    year: int
    source: str
    confirmed: bool
    day: tuple[SpecialDay, ...]


class _File(msgspec.Struct, frozen=True, kw_only=True):
    """The whole file."""

    year: Sequence[_Shipped]


async def read(snapshot: Snapshot, number: int) -> CalendarYear:
    """Return a year and its special days. Raises `UnknownYear`."""
    year = await repository.year(snapshot, number)
    if year is None:
        raise UnknownYear
    return CalendarYear(
        year=year.year,
        source=year.source,
        confirmed=year.confirmed,
        version=year.version,
        days=await repository.days(snapshot, number),
    )


async def write(tx: Transaction, number: int, draft: YearDraft, *, seen: int) -> CalendarYear:
    """Replace a year; tells the house once it is confirmed.

    Raises `UnfitDays`, `YearIsConfirmed` or `VersionStale`; 0 was seen where there was none.
    """
    before = await repository.year(tx, number)
    require_fit(number, draft, was_confirmed=before is not None and before.confirmed)
    written = await repository.write(tx, number, draft, seen=seen, is_shipped=False)
    # A year that is new has version 1 whatever its writer claims to have seen.
    if written is None or written != seen + 1:
        raise VersionStale(current_version=0 if before is None else before.version)
    await _tell(tx, number, was=before is not None and before.confirmed, now=draft.confirmed)
    return await read(tx, number)


def require_fit(number: int, draft: YearDraft, *, was_confirmed: bool) -> None:
    """Raise `UnfitDays` or `YearIsConfirmed` for what is no list of that year's days."""
    found = faults(number, draft.days)
    if found:
        raise UnfitDays(errors=found)
    if was_confirmed and not draft.confirmed:
        raise YearIsConfirmed


async def load(tx: Transaction) -> None:
    """Bring the years to what the house ships, but for those that an officer has written."""
    text = (files("backend.calendar") / "data" / "years.toml").read_text(encoding="utf-8")
    edited = await repository.edited(tx)
    for shipped in msgspec.convert(tomllib.loads(text), _File).year:
        if shipped.year not in edited:
            await _ship(tx, shipped)


async def _ship(tx: Transaction, shipped: _Shipped) -> None:
    known = await repository.year(tx, shipped.year)
    draft = YearDraft(source=shipped.source, confirmed=shipped.confirmed, days=shipped.day)
    if known is not None:
        days = tuple(await repository.days(tx, shipped.year))
        if YearDraft(source=known.source, confirmed=known.confirmed, days=days) == draft:
            return
    seen = 0 if known is None else known.version
    await repository.write(tx, shipped.year, draft, seen=seen, is_shipped=True)
    was = known is not None and known.confirmed
    await _tell(tx, shipped.year, was=was, now=shipped.confirmed)


async def _tell(tx: Transaction, number: int, *, was: bool, now: bool) -> None:
    if now and not was:
        await tx.publish(YearConfirmed(year=number))
