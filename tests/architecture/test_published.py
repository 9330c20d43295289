"""What is written down is what the code does, and what was released is still kept."""

import json
from pathlib import Path

import asyncpg
import pytest

from backend.host.promises import broken, broken_event
from backend.host.publish import promises
from backend.host.registry import discover
from backend.kernel.database import Connection

ROOT = Path(__file__).parents[2]
RELEASED = ROOT / "contracts" / "released"


@pytest.fixture(scope="module")
def promised() -> dict[str, str]:
    return promises(discover(guests=()))


def test_the_committed_files_are_those_that_the_code_writes(promised: dict[str, str]) -> None:
    written = {name: (ROOT / name).read_text(encoding="utf-8") for name in promised}
    events = {str(path.relative_to(ROOT)) for path in (ROOT / "contracts" / "events").iterdir()}

    assert written == promised, "run `make publish` and read the difference"
    assert events <= set(promised)


def test_the_last_release_is_kept(promised: dict[str, str]) -> None:
    released = json.loads((RELEASED / "openapi.json").read_text(encoding="utf-8"))

    assert broken(released, json.loads(promised["contracts/openapi.json"])) == []
    for path in (RELEASED / "events").glob("*.json"):
        event = json.loads(path.read_text(encoding="utf-8"))
        assert broken_event(event, json.loads(promised[f"contracts/events/{path.name}"])) == []


async def unfit(connection: Connection) -> list[str]:
    """Name the statements of the last release that today's schema does not know how to run."""
    found: list[str] = []
    for name, sql in json.loads((RELEASED / "statements.json").read_text("utf-8")).items():
        try:
            await connection.prepare(sql)
        except asyncpg.PostgresError as error:
            found.append(f"{name}: {error}")
    return found


async def test_statements_of_the_last_release_run_on_todays_schema(connection: Connection) -> None:
    await connection.execute("set search_path = ext")

    assert await unfit(connection) == []


async def test_a_migration_that_renames_a_column_in_use_is_noticed(connection: Connection) -> None:
    await connection.execute("set search_path = ext")
    migration = connection.transaction()
    await migration.start()
    await connection.execute("alter table kernel.work rename column due_at to wanted_at")

    # What fails in PostgreSQL ends its transaction, so the first that is named is enough.
    found = await unfit(connection)
    await migration.rollback()

    assert 'column "due_at"' in found[0]
