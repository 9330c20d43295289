"""Every statement of the calendar."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import msgspec

from backend.calendar.model import Calendar, SpecialDay, Year, YearDraft
from backend.kernel import Query, Snapshot, Statement, Transaction


class _Everything(msgspec.Struct, frozen=True, kw_only=True):
    """The whole calendar in one row."""

    dates: Sequence[date]
    working: Sequence[bool]
    confirmed: Sequence[int]


EVERYTHING: Final = Query(
    _Everything,
    """
    select array(select date from calendar.day order by date) as dates,
           array(select working from calendar.day order by date) as working,
           array(select year from calendar.year where confirmed) as confirmed
    """,
)

YEAR: Final = Query(
    Year, "select year, source, confirmed, version from calendar.year where year = $1"
)

DAYS: Final = Query(
    SpecialDay,
    """
    select date, working, kind, name, legal_reference
      from calendar.day
     where year = $1
     order by date
     limit 400
    """,
)


class _Written(msgspec.Struct, frozen=True, kw_only=True):
    """The version that a year has now."""

    version: int


# Of two writers who saw the same version, one finds no row to write.
WRITE: Final = Query(
    _Written,
    """
    insert into calendar.year as known (year, source, confirmed, version, is_shipped)
    values ($1, $2, $3, 1, $5)
        on conflict (year) do update
       set source = excluded.source, confirmed = excluded.confirmed,
           version = known.version + 1, is_shipped = excluded.is_shipped
     where known.version = $4
    returning version
    """,
)

CLEAR: Final = Statement("delete from calendar.day where year = $1")

ADD_DAYS: Final = Statement("""
    insert into calendar.day (date, year, working, kind, name, legal_reference)
    select day.date, $1, day.working, day.kind, day.name, day.legal_reference
      from unnest($2::date[], $3::boolean[], $4::text[], $5::text[], $6::text[])
        as day (date, working, kind, name, legal_reference)
""")


class _Edited(msgspec.Struct, frozen=True, kw_only=True):
    """A year that an officer has written."""

    year: int


EDITED: Final = Query(
    _Edited, "select year from calendar.year where not is_shipped order by year limit 1000"
)


async def calendar(snapshot: Snapshot) -> Calendar:
    row = await snapshot.one(EVERYTHING)
    special = dict(zip(row.dates, row.working, strict=True))
    return Calendar(special=special, confirmed=frozenset(row.confirmed))


async def year(snapshot: Snapshot, number: int) -> Year | None:
    return await snapshot.maybe(YEAR, number)


async def days(snapshot: Snapshot, number: int) -> Sequence[SpecialDay]:
    return await snapshot.all(DAYS, number)


async def edited(snapshot: Snapshot) -> frozenset[int]:
    return frozenset(row.year for row in await snapshot.all(EDITED))


async def write(
    tx: Transaction, number: int, draft: YearDraft, *, seen: int, is_shipped: bool
) -> int | None:
    """Write a year over the version that was seen; None when it has another by now."""
    values = number, draft.source, draft.confirmed, seen, is_shipped
    written = await tx.maybe(WRITE, *values)
    if written is None:
        return None
    await tx.run(CLEAR, number)
    await tx.run(
        ADD_DAYS,
        number,
        [day.date for day in draft.days],
        [day.working for day in draft.days],
        [day.kind for day in draft.days],
        [day.name for day in draft.days],
        [day.legal_reference for day in draft.days],
    )
    return written.version
