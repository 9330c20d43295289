"""Every column that leads to a person is in the record of processing, and behind the wall."""

from collections.abc import Sequence
from typing import Any

import pytest

from backend.host.registry import discover, gather
from backend.kernel import House, Principal, Transaction
from backend.kernel.database import Connection
from backend.testing import Clock
from contracts.personal_data import DataItem, PersonalData

PERSON_COLUMNS = ("person_id", "subject_id", "owner_id", "ward_id", "guardian_id", "shared_by")
FOUND = """
    select nspname || '.' || relname as name, relrowsecurity and relforcerowsecurity as walled
      from pg_class
      join pg_namespace on pg_namespace.oid = relnamespace
      join pg_attribute on attrelid = pg_class.oid
     where relkind in ('r', 'p')
       and not relispartition
       and attname = any ($1)
       and nspname not like 'pg\\_%'
     group by 1, 2
     order by 1
"""


@pytest.fixture
def inventory(clock: Clock) -> Sequence[DataItem]:
    house = House(providers=gather(discover(guests=())))
    tx = Transaction(None, house, clock.now, Principal(kind="job"))
    return [item for provider in tx.ask_all(PersonalData) for item in provider.inventory()]


def uncovered(rows: Sequence[Any], inventory: Sequence[DataItem]) -> list[str]:
    known = {item.table for item in inventory}
    return [row["name"] for row in rows if row["name"] not in known]


async def test_each_table_about_people_is_in_the_record_of_processing(
    connection: Connection, inventory: Sequence[DataItem]
) -> None:
    rows = await connection.fetch(FOUND, PERSON_COLUMNS)

    assert len(rows) > 20
    assert uncovered(rows, inventory) == []


async def test_each_table_about_people_is_walled(connection: Connection) -> None:
    rows = await connection.fetch(FOUND, PERSON_COLUMNS)

    assert [row["name"] for row in rows if not row["walled"]] == []


async def test_a_table_that_nobody_wrote_down_is_noticed(
    connection: Connection, inventory: Sequence[DataItem]
) -> None:
    planted = connection.transaction()
    await planted.start()
    await connection.execute("create schema planted; create table planted.list (person_id uuid)")
    rows = await connection.fetch(FOUND, PERSON_COLUMNS)
    await planted.rollback()

    assert uncovered(rows, inventory) == ["planted.list"]
    assert [row["name"] for row in rows if not row["walled"]] == ["planted.list"]


def test_no_item_names_a_table_that_is_not_there(inventory: Sequence[DataItem]) -> None:
    assert len({(item.table, item.column) for item in inventory}) == len(inventory)
