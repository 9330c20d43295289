"""One row for each table that has a wall, all of them of the same people, and who looks at them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import asyncpg

PERSON, STAFF, AGENCY, ROW = (UUID(int=number) for number in (1, 2, 3, 4))
OTHER: Final = UUID(int=9)
AREA, CLIENT, PURPOSE = "14797", "clinic", "x"
MOMENT: Final = "2026-11-22 08:00:00+07"

OWN_COLUMNS: Final[Mapping[str, object]] = {
    **dict.fromkeys(("person_id", "owner_id", "ward_id", "guardian_id", "subject_id"), PERSON),
    **dict.fromkeys(("shared_by", "granted_by", "drafted_by", "shown_to"), PERSON),
    **dict.fromkeys(("agency_id", "owner_agency_id"), AGENCY),
    **dict.fromkeys(("area_code", "commune_code"), AREA),
    **dict.fromkeys(("client_id", "recipient"), CLIENT),
    "owner_index": "\\x00",
}
"""Whose each row is: columns that lead to somebody, in whatever table they stand."""

OWNERS: Final[Mapping[str, Mapping[str, str]]] = {
    "the citizen": {"kind": "citizen", "person_id": str(PERSON), "subjects": f"{{{PERSON}}}"},
    "the officer": {
        "kind": "staff",
        "staff_id": str(STAFF),
        "agencies": f"{{{AGENCY}}}",
        "areas": f"{{{AREA}}}",
    },
    "the partner": {
        "kind": "partner",
        "client_id": CLIENT,
        "purpose": PURPOSE,
        "moment": MOMENT,
    },
    "the source of dossiers": {"public_services.signed_source": PURPOSE},
}
STRANGERS: Final[Mapping[str, Mapping[str, str]]] = {
    "nobody": {},
    "another citizen": {"kind": "citizen", "person_id": str(OTHER), "subjects": f"{{{OTHER}}}"},
    "an officer of elsewhere": {
        "kind": "staff",
        "staff_id": str(OTHER),
        "agencies": f"{{{OTHER}}}",
        "areas": "{16531}",
    },
    "an administrator": {"kind": "staff", "staff_id": str(OTHER), "agencies": "{}", "areas": "{}"},
    "another partner": {**OWNERS["the partner"], "client_id": "bank"},
    "the partner without a purpose": {"kind": "partner", "client_id": CLIENT, "moment": MOMENT},
}

WALLED = """
    select nspname || '.' || relname as name, pg_class.oid::int as oid
      from pg_class
      join pg_namespace on pg_namespace.oid = relnamespace
     where relkind in ('r', 'p')
       and not relispartition
       and relrowsecurity
       and relforcerowsecurity
     order by 1
"""
COLUMNS = """
    select attname as name, format_type(atttypid, null) as type, typtype = 'e' as is_enum,
           attnotnull as is_needed, typcategory::text as category
      from pg_attribute
      join pg_type on pg_type.oid = atttypid
     where attrelid = $1::int::oid
       and attnum > 0
       and not attisdropped
       and attgenerated = ''
       and attidentity = ''
     order by attnum
"""
CHECKS = "select conname from pg_constraint where conrelid = $1::int::oid and contype = 'c'"
PLAIN: Final[Mapping[str, str]] = {
    "uuid": str(ROW),
    "jsonb": "{}",
    "bytea": "\\x00",
    "date": MOMENT,
    "timestamp with time zone": MOMENT,
    "boolean": "true",
    "interval": "P1D",
    "inet": "127.0.0.1",
    "xid8": "1",
}


async def example(admin: Any, column: Any) -> str | None:
    """Return something that the column can hold, as text: its owner where it leads to one."""
    name = column["name"]
    if name in OWN_COLUMNS and column["category"] != "A":
        return str(OWN_COLUMNS[name])
    if not column["is_needed"]:
        return None
    if name == "staff_id":
        return str(STAFF)
    if column["is_enum"]:
        return await admin.fetchval(
            f"select min(each) from enum_range(null::{column['type']}) each"
        )
    if column["category"] in "NA":
        return {"N": "1", "A": "{}"}[column["category"]]
    return PLAIN.get(column["type"], "empty" if column["category"] == "R" else PURPOSE)


async def add_a_row(admin: Any, table: str, oid: int) -> None:
    for check in await admin.fetch(CHECKS, oid):
        await admin.execute(f'alter table {table} drop constraint "{check["conname"]}"')
    values = {
        f'"{column["name"]}"': f"'{value}'::{column['type']}"
        for column in await admin.fetch(COLUMNS, oid)
        if (value := await example(admin, column)) is not None
    }
    await admin.execute(f"delete from {table}")
    await admin.execute(
        f"insert into {table} ({', '.join(values)}) values ({', '.join(values.values())})"
    )


async def become(connection: Any, context: Mapping[str, str]) -> None:
    """Say who asks, as `identity.enter` does at the beginning of every request."""
    for name, value in context.items():
        setting = name if "." in name else f"tinhs.{name}"
        await connection.execute("select set_config($1, $2, false)", setting, value)


async def seen(dsn: str, context: Mapping[str, str], tables: Sequence[str]) -> set[str]:
    """Return the tables of which this caller sees a row, by a statement that asks for them all."""
    connection: Any = await asyncpg.connect(dsn)
    found: set[str] = set()
    await become(connection, context)
    for table in tables:
        try:
            if await connection.fetchval(f"select count(*) from {table}"):
                found.add(table)
        except asyncpg.InsufficientPrivilegeError:
            pass  # a higher wall: this role has no right to the table at all
    await connection.close()
    return found
