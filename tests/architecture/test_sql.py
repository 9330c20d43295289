"""Every SQL statement of the house, against a real and freshly migrated database."""

import asyncpg
import msgspec
import pytest

from backend.host.publish import named_statements
from backend.host.registry import discover
from backend.kernel import Module, Query, Statement
from backend.kernel.database import Connection, Paged

STATEMENTS = dict(named_statements()) if discover() else {}


def texts(statement: Statement) -> list[str]:
    if isinstance(statement, Paged):
        return [statement.first_sql, statement.sql]
    return [statement.sql]


def owner(name: str) -> Module | None:
    """Return the module behind the fence; the workers' tables are the kernel's own."""
    fenced = [module for module in discover() if module.package != "backend.work"]
    return next((m for m in fenced if name.startswith(f"{m.package}.")), None)


@pytest.mark.parametrize("name", STATEMENTS)
async def test_a_statement_fits_the_schema_and_its_row(name: str, connection: Connection) -> None:
    statement = STATEMENTS[name]
    await connection.execute("set search_path = ext")

    for text in texts(statement):
        prepared = await connection.prepare(text)
        if isinstance(statement, Query):
            columns = [attribute.name for attribute in prepared.get_attributes()]
            assert columns == [f.encode_name for f in msgspec.structs.fields(statement.row)]


@pytest.mark.parametrize("name", [name for name in STATEMENTS if owner(name)])
async def test_a_module_touches_no_schema_but_its_own(name: str, connection: Connection) -> None:
    module = owner(name)
    assert module is not None
    async with connection.transaction():
        await connection.execute(
            f'set local role "tinhs_mod_{module.name}"; set local search_path = ext'
        )
        for text in texts(STATEMENTS[name]):
            await explain(connection, text)


async def explain(connection: Connection, text: str) -> None:
    """Plan the statement with the rights of the current role: preparing alone checks none."""
    count = len((await connection.prepare(text)).get_parameters())
    values = f"({', '.join(['null'] * count)})" if count else ""
    await connection.execute(f"prepare fenced as {text}")
    await connection.execute(f"explain execute fenced {values}")
    await connection.execute("deallocate fenced")


@pytest.mark.parametrize(
    "planted",
    [
        "select code from unit",
        "select name from kernel.work",
        "select id from identity.person",
        "insert into kernel.work (name) values ('x')",
    ],
)
async def test_the_fence_holds(planted: str, connection: Connection) -> None:
    fence = 'set local role "tinhs_mod_territory"; set local search_path = ext'
    async with connection.transaction():
        await connection.execute(fence)

        with pytest.raises(asyncpg.PostgresError, match=r"permission denied|does not exist"):
            await explain(connection, planted)

        await connection.execute("rollback; begin")


def test_no_statement_asks_the_server_for_the_time() -> None:
    asking = [
        name
        for name, statement in STATEMENTS.items()
        if any(word in statement.sql for word in ("now()", "current_timestamp", "current_date"))
    ]

    assert not asking
