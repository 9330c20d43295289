"""Migrations are history: what was applied is applied once, and is never edited."""

import asyncio
from pathlib import Path

import asyncpg
import pytest
from click.testing import CliRunner

from backend.host.cli import main
from backend.host.databases import fit_to_serve
from backend.host.migrate import EditedMigration, migrate, pending
from backend.kernel import Module
from backend.kernel.database import Connection
from backend.local.roles import DatabaseUrls

FIRST = "create table book (id uuid primary key, title text not null);\n"
SECOND = "alter table book add column author text;\n"
OURS = "0001_work.sql"
CHANGE = "update kernel.migration set digest = $2 where name = $1"


@pytest.fixture(scope="module")
def modules() -> list[Module]:
    """The kernel alone; what is migrated further, each test says."""
    return []


@pytest.fixture
def migrations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of migrations of an importable package of its own, and the first of them."""
    name = f"shelf_{tmp_path.name}"
    folder = tmp_path / name / "migrations"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").touch()
    (folder / "0001_book.sql").write_text(FIRST)
    monkeypatch.syspath_prepend(tmp_path)
    return folder


@pytest.fixture
def shelf(migrations: Path) -> Module:
    return Module(name="shelf", package=migrations.parent.name)


@pytest.fixture(autouse=True)
async def nothing_yet(connection: Connection) -> None:
    await connection.execute(
        "drop schema if exists shelf cascade; delete from kernel.migration where module = 'shelf'"
    )


async def columns(connection: Connection) -> list[str]:
    rows = await connection.fetch(
        "select attname from pg_attribute where attrelid = 'shelf.book'::regclass and attnum > 0"
    )
    return [row["attname"] for row in rows]


async def test_a_file_is_applied_once(
    connection: Connection, migrations: Path, shelf: Module
) -> None:
    first = await migrate(connection, [shelf])
    (migrations / "0002_author.sql").write_text(SECOND)
    second = await migrate(connection, [shelf])
    third = await migrate(connection, [shelf])

    assert (first, second, third) == (["shelf/0001_book.sql"], ["shelf/0002_author.sql"], [])
    assert await columns(connection) == ["id", "title", "author"]


async def test_an_applied_file_that_was_edited_stops_everything(
    database: DatabaseUrls, connection: Connection, migrations: Path, shelf: Module
) -> None:
    await migrate(connection, [shelf])
    (migrations / "0001_book.sql").write_text(FIRST.replace("title", "name"))
    (migrations / "0002_author.sql").write_text(SECOND)

    with pytest.raises(EditedMigration, match="shelf/0001_book"):
        await migrate(connection, [shelf])
    with pytest.raises(EditedMigration, match="shelf/0001_book"):
        await fit_to_serve(database.runtime, [shelf])

    assert await columns(connection) == ["id", "title"]  # nor was the new one applied


async def test_a_server_may_run_on_a_schema_that_is_newer(
    connection: Connection, migrations: Path, shelf: Module
) -> None:
    (migrations / "0002_author.sql").write_text(SECOND)
    await migrate(connection, [shelf])
    (migrations / "0002_author.sql").unlink()

    assert await pending(connection, [shelf]) == []


async def test_a_file_that_fails_leaves_nothing_of_itself(
    connection: Connection, migrations: Path, shelf: Module
) -> None:
    (migrations / "0002_author.sql").write_text(SECOND + "select 1 / 0;\n")

    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(connection, [shelf])

    assert await columns(connection) == ["id", "title"]
    assert await pending(connection, [shelf]) == ["shelf/0002_author.sql"]


async def test_the_operator_reads_which_file_it_was_and_what_to_do(
    database: DatabaseUrls, connection: Connection
) -> None:
    kept = await connection.fetchval("select digest from kernel.migration where name = $1", OURS)
    await connection.execute(CHANGE, OURS, "of another text")

    told = await asyncio.to_thread(
        CliRunner().invoke,
        main,
        ["migrate"],
        env={"TINHS_ENV": "test", "TINHS_DATABASE_OWNER_URL": database.owner},
    )
    await connection.execute(CHANGE, OURS, kept)

    assert told.exit_code == 1
    assert told.output == (
        "Error: kernel/0001_work.sql: an applied migration was edited.\n"
        "Write a new one; to forget a database of your own, type: make reset\n"
    )
