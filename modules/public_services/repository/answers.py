"""Decision tables, offices, hotlines, votes, and sums that anybody may read."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Literal
from uuid import UUID

import msgspec

from backend.kernel import Query, Snapshot, Statement, Transaction
from modules.public_services.model.decisions import Definition
from modules.public_services.model.offices import Hotline, Office, OfficeDraft


class DecisionRow(msgspec.Struct, frozen=True, kw_only=True):
    """A decision table as it is kept."""

    key: str
    version: int
    status: Literal["draft", "published", "retired"]
    definition: Definition


PUBLISHED = Query(
    DecisionRow,
    """
    select key, version, status, definition
      from public_services.decision_table
     where status = 'published'
     order by key
     limit 500
    """,
)

NEWEST = Query(
    DecisionRow,
    """
    select key, version, status, definition
      from public_services.decision_table
     where key = $1 and ($2::text is null or status = $2)
     order by version desc
     limit 1
    """,
)

# A draft is written over; what is published stays, and the draft is its next version.
DRAFT = Query(
    DecisionRow,
    """
    insert into public_services.decision_table as kept
           (key, version, status, definition, changed_at)
    values ($1, $2, 'draft', $3::jsonb, $4)
        on conflict (key, version) do update
       set definition = excluded.definition,
           changed_at = excluded.changed_at
     where kept.status = 'draft'
    returning key, version, status, definition
    """,
)

RETIRE = Statement("""
    update public_services.decision_table
       set status = 'retired',
           changed_at = $2
     where key = $1 and status = 'published'
""")

PUBLISH = Query(
    DecisionRow,
    """
    update public_services.decision_table
       set status = 'published',
           changed_at = $3
     where key = $1 and version = $2 and status = 'draft'
    returning key, version, status, definition
    """,
)

OFFICES = Query(
    Office,
    """
    select name, kind, commune_code, address, lat, lon, phones, hours, closed_on, id, version
      from public_services.office
     where $1::text is null or commune_code = $1
     order by name, id
     limit 500
    """,
)

OFFICE = Query(
    Office,
    """
    select name, kind, commune_code, address, lat, lon, phones, hours, closed_on, id, version
      from public_services.office
     where id = $1
    """,
)

DROP_OFFICE = Statement("delete from public_services.office where id = $1")

PUT_OFFICE = Query(
    Office,
    """
    insert into public_services.office as kept (
           id, name, kind, commune_code, address, lat, lon, phones, hours, closed_on)
    select $1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb, $10
     where $11 = 0 or exists (select from public_services.office where id = $1)
        on conflict (id) do update
       set name = excluded.name,
           kind = excluded.kind,
           commune_code = excluded.commune_code,
           address = excluded.address,
           lat = excluded.lat,
           lon = excluded.lon,
           phones = excluded.phones,
           hours = excluded.hours,
           closed_on = excluded.closed_on,
           version = kept.version + 1
     where kept.version = $11
    returning name, kind, commune_code, address, lat, lon, phones, hours, closed_on, id, version
    """,
)

HOTLINES = Query(
    Hotline,
    """
    select number, purpose, hours
      from public_services.hotline
     order by position, number
     limit 100
    """,
)

PUT_HOTLINE = Statement("""
    insert into public_services.hotline (number, purpose, hours, position)
    values ($1, $2, $3, $4)
        on conflict (number) do update
       set purpose = excluded.purpose,
           hours = excluded.hours,
           position = excluded.position
""")

DROP_HOTLINES = Statement("delete from public_services.hotline where number <> all($1::text[])")

VOTE = Statement("""
    insert into public_services.vote_sum as kept (code, day, opinion, votes)
    values ($1, $2, $3, 1)
        on conflict (code, day, opinion) do update
       set votes = kept.votes + 1
""")


class DossierSum(msgspec.Struct, frozen=True, kw_only=True):
    """How the dossiers went that an agency finished in a month; no sum is of fewer than five.

    In time is by the first date and by the present one; `satisfied` is a level of 4 or 5.
    """

    month: date
    agency: str
    procedure_code: str
    finished: int
    by_first_date: int
    by_present_date: int
    ratings: int | None
    satisfied: int | None


SUMS = Query(
    DossierSum,
    """
    select month, agency, procedure_code, finished, by_first_date, by_present_date, ratings,
           satisfied
      from public_services.dossier_sum
     where ($1::text is null or agency = $1)
       and ($2::text is null or procedure_code = $2)
     order by month desc, agency, procedure_code
     limit 1000
    """,
)

FORGET_SUMS = Statement("delete from public_services.dossier_sum where month >= $1")

SUM_UP = Statement("""
    insert into public_services.dossier_sum (
           month, agency, procedure_code, finished, by_first_date, by_present_date, ratings,
           satisfied)
    select date_trunc('month', dossier.finished_at at time zone $2)::date, dossier.resolving_agency,
           coalesce(dossier.procedure_code, ''), count(*),
           count(*) filter (where dossier.finished_at <= dossier.first_due_at),
           count(*) filter (where dossier.finished_at <= dossier.due_at),
           case when count(rating.level) >= 5 then count(rating.level) end,
           case when count(rating.level) >= 5
                then count(*) filter (where rating.level >= 4) end
      from public_services.dossier
      left join public_services.dossier_rating as rating on rating.dossier_id = dossier.id
     where dossier.finished_at >= $1::date and dossier.status in (9, 10)
     group by 1, 2, 3
    having count(*) >= 5
""")


async def published(snapshot: Snapshot) -> Sequence[DecisionRow]:
    return await snapshot.all(PUBLISHED)


async def decision(snapshot: Snapshot, key: str, status: str | None) -> DecisionRow | None:
    """Return the newest version, of a status if one is named."""
    return await snapshot.maybe(NEWEST, key, status)


async def draft(
    tx: Transaction, key: str, version: int, definition: Definition
) -> DecisionRow | None:
    said: Any = msgspec.to_builtins(definition)
    return await tx.maybe(DRAFT, key, version, said, tx.now)


async def publish(tx: Transaction, key: str, version: int) -> DecisionRow | None:
    """Let a draft take the place of what is published."""
    await tx.run(RETIRE, key, tx.now)
    return await tx.maybe(PUBLISH, key, version, tx.now)


async def offices(snapshot: Snapshot, commune_code: str | None) -> Sequence[Office]:
    return await snapshot.all(OFFICES, commune_code)


async def put_office(
    tx: Transaction, office_id: UUID, office: OfficeDraft, seen: int
) -> Office | None:
    """Keep an office unless somebody else changed it meanwhile."""
    hours: Any = msgspec.to_builtins(office.hours)
    return await tx.maybe(
        PUT_OFFICE,
        office_id,
        office.name,
        office.kind,
        office.commune_code,
        office.address,
        office.lat,
        office.lon,
        office.phones,
        hours,
        office.closed_on,
        seen,
    )


async def office(snapshot: Snapshot, office_id: UUID) -> Office | None:
    return await snapshot.maybe(OFFICE, office_id)


async def drop_office(tx: Transaction, office_id: UUID) -> None:
    await tx.run(DROP_OFFICE, office_id)


async def hotlines(snapshot: Snapshot) -> Sequence[Hotline]:
    return await snapshot.all(HOTLINES)


async def put_hotline(tx: Transaction, hotline: Hotline, position: int) -> None:
    await tx.run(PUT_HOTLINE, hotline.number, hotline.purpose, hotline.hours, position)


async def put_hotlines(tx: Transaction, hotlines: Sequence[Hotline]) -> None:
    """Keep these in this order, and no others."""
    await tx.run(DROP_HOTLINES, [each.number for each in hotlines])
    for position, each in enumerate(hotlines):
        await put_hotline(tx, each, position)


async def vote(tx: Transaction, code: str, opinion: str) -> None:
    await tx.run(VOTE, code, tx.today, opinion)


async def sums(
    snapshot: Snapshot, agency: str | None, procedure_code: str | None
) -> Sequence[DossierSum]:
    return await snapshot.all(SUMS, agency, procedure_code)


async def sum_up(tx: Transaction, since: date) -> None:
    """Sum up the months from the one that begins on `since`."""
    await tx.run(FORGET_SUMS, since)
    await tx.run(SUM_UP, since, "Asia/Ho_Chi_Minh")
