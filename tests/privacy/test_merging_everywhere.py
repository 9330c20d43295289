"""After two accounts became one, no table leads to the old one: each module has moved its own."""

from collections.abc import Callable
from typing import Any, cast
from uuid import UUID, uuid4

from backend.identity import merging
from backend.identity.authority import Authority
from backend.identity.scopes import READ
from backend.kernel.database import Connection
from backend.privacy.merging import merge
from backend.testing import Caller
from contracts.identity import PersonMerged
from tests.architecture.test_people_in_tables import FOUND, PERSON_COLUMNS
from tests.audit.conftest import Work

COLUMNS = """
    select attname as name, format_type(atttypid, null) as type
      from pg_attribute
     where attrelid = $1::regclass
       and attnum > 0
       and not attisdropped
       and attgenerated = ''
       and attidentity = ''
       and (attname = any ('{person_id,subject_id,owner_id,ward_id,guardian_id,shared_by}')
            or (attnotnull and not atthasdef))
     order by attnum
"""
LEAST = {
    "uuid": "gen_random_uuid()",
    "text": "'x'",
    "bytea": "decode('00', 'hex')",
    "timestamp with time zone": "now()",
    "date": "current_date",
    "smallint": "1",
    "integer": "1",
    "bigint": "1",
    "boolean": "false",
    "jsonb": "'{}'",
    "text[]": "'{}'",
    "uuid[]": "'{}'",
    "double precision": "0",
    "point": "point(0, 0)",
    "xid8": "'1'",
}
UNCHECKED = """
    do $$
    declare
        each record;
    begin
        for each in
            select conrelid::regclass as place, conname
              from pg_constraint
             where contype in ('c', 'f') and connamespace::regnamespace::text not like 'pg\\_%'
               and conrelid <> 0 and coninhcount = 0
        loop
            execute format('alter table %s drop constraint %I', each.place, each.conname);
        end loop;
    end
    $$
"""
"""Rows are planted that fit their types and nothing else."""

SEALED_IN_TESTS = {"clinic.visit"}
"""Tables whose rows open, or are refused: the tests above tell of them."""

STAYS = {
    "identity.subject_key": "that its key was destroyed, and when",
    "identity.consent": "proof of what was agreed to, then",
    "identity.proposal": "about officers, who are not people of the register",
    "documents.share": "takes a proven identity, and an account that has one becomes no other's",
    "audit.event": "lines of the log, which nobody rewrites",
}


async def test_no_table_of_any_module_leads_to_the_old_account(
    as_citizen: Callable[..., Caller], authority: Authority, superuser: Connection, work: Work
) -> None:
    """A row of the old account is planted in every table that leads to people."""
    survivor = as_citizen(READ)
    await survivor.get("/v1/account")
    old, new = uuid4(), cast("UUID", survivor.person_id)
    tables = await superuser.fetch(FOUND, PERSON_COLUMNS)
    planted = [row["name"] for row in tables if row["name"] not in SEALED_IN_TESTS]
    await superuser.execute(UNCHECKED)
    await superuser.execute("set session_replication_role = replica")
    await superuser.execute("insert into identity.person (id, created_at) values ($1, now())", old)
    for table in planted:
        await plant(superuser, table, old)
    before = await leading_to(superuser, planted, old)

    async with authority.transaction() as tx:
        await merging.merge(tx, old, new)
    await work(lambda tx: merge(tx, PersonMerged(old_id=old, new_id=new)))

    assert before == set(planted), "the control: each table led to the old account"
    left = await leading_to(superuser, planted, old)
    assert left == set(STAYS) & set(planted), sorted(left)


async def plant(superuser: Connection, table: str, person_id: UUID) -> None:
    """Put a row into a table: the person wherever there is one, else the least that fits."""
    columns: Any = await superuser.fetch(COLUMNS, table)
    if "person_id" in {row["name"] for row in columns}:
        # Beside a person, `subject_id` is somebody without an account.
        columns = [row for row in columns if row["name"] != "subject_id"]
    values = [
        f"'{person_id}'" if row["name"] in PERSON_COLUMNS else LEAST[row["type"]] for row in columns
    ]
    names = ", ".join(f'"{row["name"]}"' for row in columns)
    await superuser.execute(f"insert into {table} ({names}) values ({', '.join(values)})")


async def leading_to(superuser: Connection, tables: list[str], person_id: UUID) -> set[str]:
    """Return the tables that have a row with this person in it."""
    found = set[str]()
    for table in tables:
        columns: Any = await superuser.fetch(COLUMNS, table)
        own = [row["name"] for row in columns if row["name"] in PERSON_COLUMNS]
        clause = " or ".join(f"{name} = $1" for name in own)
        if await superuser.fetchval(
            f"select exists (select from {table} where {clause})", person_id
        ):
            found.add(table)
    return found
