"""Offices and hotlines."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from backend.kernel import Query, Snapshot, Statement, Transaction
from modules.public_services.model.offices import Hotline, Office, OfficeDraft

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
