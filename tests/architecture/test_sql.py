"""Every SQL statement of the house, against a real and freshly migrated database."""

from collections.abc import AsyncGenerator
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from backend.host.publish import named_statements
from backend.host.registry import discover
from backend.host.walls import misfit, trespass
from backend.kernel import Module, Statement
from backend.kernel.database import Connection
from backend.local.roles import DatabaseUrls

# The workers' tables are the kernel's own.
FENCED = [module for module in discover() if module.package != "backend.work"]
STATEMENTS = dict(named_statements())


def owner(name: str) -> Module | None:
    """Return the module behind the fence."""
    return next((m for m in FENCED if name.startswith(f"{m.package}.")), None)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def connection(database: DatabaseUrls) -> AsyncGenerator[Connection]:
    """One of the owner for all: planning a statement leaves nothing behind for the next."""
    connection: Any = await asyncpg.connect(database.owner, server_settings={"search_path": "ext"})
    yield connection
    await connection.close()


@pytest.mark.parametrize("name", STATEMENTS)
async def test_a_statement_fits_the_schema_and_its_row(name: str, connection: Connection) -> None:
    assert not await misfit(connection, STATEMENTS[name])


@pytest.mark.parametrize("name", [name for name in STATEMENTS if owner(name)])
async def test_a_module_touches_no_schema_but_its_own(name: str, connection: Connection) -> None:
    module = owner(name)
    assert module is not None

    assert not await trespass(connection, module.name, STATEMENTS[name])


@pytest.mark.parametrize(
    "planted",
    [
        "select code from unit",
        "select name from kernel.work",
        "select id from identity.person",
        "insert into kernel.work (name) values ('x')",
    ],
)
async def test_the_fence_holds(
    planted: str, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Statement, "register", [])  # declared for this test alone

    wrong = await trespass(connection, "territory", Statement(planted))  # type: ignore[arg-type]

    assert "permission denied" in wrong or "does not exist" in wrong


async def test_rows_without_a_column_are_refused_for_they_corrupt_memory(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without Python's own allocator a worker died of them: "double free or corruption"."""
    monkeypatch.setattr(Statement, "register", [])  # declared for this test alone

    wrong = await misfit(connection, Statement("select from kernel.work for update"))

    assert wrong == "gives rows without a column; name one"


def test_no_statement_asks_the_server_for_the_time() -> None:
    asking = [
        name
        for name, statement in STATEMENTS.items()
        if any(word in statement.sql for word in ("now()", "current_timestamp", "current_date"))
    ]

    assert not asking
