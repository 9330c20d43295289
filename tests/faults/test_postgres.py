"""R3: every process of PostgreSQL is killed at once, right after it has acknowledged."""

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest

from backend.local import LocalPostgres
from tests.faults.only import faults
from tests.journeys.test_kills import kin

pytestmark = faults

ROWS = 400
SAFE = {"synchronous_commit": "on"}
CARELESS = {"synchronous_commit": "off", "wal_writer_delay": "10s"}


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where the server's account can get to."""
    folder = Path(tempfile.mkdtemp(prefix="tinhs-killed-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def postmaster(server: LocalPostgres) -> int:
    return int((server.home / "pgdata" / "postmaster.pid").read_text().split()[0])


async def acknowledged(url: str) -> int:
    """Write rows one by one, each in a transaction of its own; return how many were promised."""
    connection = await asyncpg.connect(url)
    await connection.execute("create table promise (number int)")
    for number in range(ROWS):
        await connection.execute("insert into promise values ($1)", number)
    connection.terminate()
    return ROWS


async def kept(url: str) -> int:
    """Wait until the server is back; return how many rows it has, none where the table is gone."""
    async with asyncio.timeout(60):
        while True:
            try:
                connection = await asyncpg.connect(url, timeout=60)
            except (OSError, asyncpg.PostgresError):
                await asyncio.sleep(0.1)
            else:
                break
    try:
        return await connection.fetchval("select count(*) from promise")
    except asyncpg.UndefinedTableError:
        return 0
    finally:
        await connection.close()


async def survived(folder: Path, settings: dict[str, str]) -> tuple[int, int]:
    """Return how many rows were acknowledged, and how many are there after the kill."""
    server = LocalPostgres(folder / "server", settings=settings)
    url = await asyncio.to_thread(server.start)
    try:
        promised = await acknowledged(url)
        first = postmaster(server)
        for pid in (first, *kin(first, "")):
            with suppress(ProcessLookupError):  # it went with the first
                os.kill(pid, signal.SIGKILL)
        return promised, await kept(url)
    finally:
        await asyncio.to_thread(server.stop)


async def test_what_was_acknowledged_outlives_every_process_of_the_server(folder: Path) -> None:
    promised, found = await survived(folder, SAFE)

    assert found == promised


async def test_a_server_that_acknowledges_before_it_has_written_loses(folder: Path) -> None:
    """The control: the same kill, with `synchronous_commit` off."""
    promised, found = await survived(folder, CARELESS)

    assert found < promised
