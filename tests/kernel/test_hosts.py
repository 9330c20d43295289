"""An address may name several servers."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from backend.kernel.hosts import ServerAway, connect, each_host
from backend.local.roles import DatabaseUrls


@pytest.mark.parametrize(
    ("named", "each"),
    [
        ("postgresql://a@one/d", ["postgresql://a@one/d"]),
        (
            "postgresql://a:b@one:1,two/d?target_session_attrs=primary",
            [
                "postgresql://a:b@one:1/d?target_session_attrs=primary",
                "postgresql://a:b@two/d?target_session_attrs=primary",
            ],
        ),
        ("postgresql://a@/d?host=/one", ["postgresql://a@/d?host=/one"]),
        (
            "postgresql://a@/d?host=/one,/two&connect_timeout=3",
            [
                "postgresql://a@/d?connect_timeout=3&host=/one",
                "postgresql://a@/d?connect_timeout=3&host=/two",
            ],
        ),
    ],
)
def test_each_host_has_an_address_of_its_own(named: str, each: list[str]) -> None:
    assert each_host(named) == each


@asynccontextmanager
async def frozen(folder: Path) -> AsyncGenerator[None]:
    """A server that takes connections and never says a word."""

    async def hang(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(30)
        writer.close()

    server = await asyncio.start_unix_server(hang, folder / ".s.PGSQL.5432")
    try:
        yield
    finally:
        server.close()


async def test_a_frozen_host_holds_up_nobody(tmp_path: Path, database: DatabaseUrls) -> None:
    both = database.runtime.replace("?host=", f"?host={tmp_path},")

    async with frozen(tmp_path), asyncio.timeout(1.5):
        connection = await connect(both)

    assert await connection.fetchval("select 1") == 1
    await connection.close()


async def test_a_host_that_only_follows_is_left_out(database: DatabaseUrls) -> None:
    with pytest.raises(ServerAway):
        await connect(f"{database.runtime}&target_session_attrs=standby")


async def test_nobody_there_is_said_the_same_way_for_one_and_for_two(tmp_path: Path) -> None:
    for hosts in ("a", "a,b"):
        where = ",".join(str(tmp_path / each) for each in hosts.split(","))
        with pytest.raises(ServerAway):
            await connect(f"postgresql://x@/y?host={where}")
