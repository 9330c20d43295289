"""A real process is killed while it lays a file over the catalogue: all of it, or nothing."""

import asyncio
import gzip
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from backend.kernel.database import Connection
from backend.local.roles import DatabaseUrls
from backend.testing import Client, Clock
from tests.gateway.serving import environment
from tests.public_services.conftest import BIRTH, LAND, options, package, raw

SNAPSHOT = "/v1/public-services/snapshot"
SECONDS = 60
PUBLISHED = ("--effective-on", "2026-01-03", "--decision", "QĐ 2/2026", "--agency", "Bộ")
LAST = "public_services.catalogue_change"
"""What is written last: whoever waits for it has done everything else."""
WAITING = "select count(*) from pg_locks where relation = $1::regclass and not granted"
OTHERS = "select count(*) from pg_locks where relation = $1::regclass and pid <> pg_backend_pid()"


async def started(database: DatabaseUrls, folder: Path, file: Path) -> asyncio.subprocess.Process:
    command = (sys.executable, "-m", "backend", "public-services", "import", str(file), *PUBLISHED)
    told = environment(database, folder, port=1)
    quiet = asyncio.subprocess.DEVNULL
    return await asyncio.create_subprocess_exec(*command, env=told, stdout=quiet)


async def until(connection: Connection, question: str, about: str, count: int) -> None:
    async with asyncio.timeout(SECONDS):
        while await connection.fetchval(question, about) != count:  # noqa: ASYNC110 - elsewhere
            await asyncio.sleep(0.02)


async def titles(client: Client) -> dict[str, str]:
    lines = gzip.decompress((await client.get(SNAPSHOT)).content).splitlines()[1:]
    return {each["code"]: each["title"] for each in map(json.loads, lines)}


async def test_a_killed_import_leaves_the_old_catalogue_whole_and_a_second_try_works(
    client: Client,
    connection: Connection,
    database: DatabaseUrls,
    publish: Callable[..., Awaitable[Any]],
    clock: Clock,
    tmp_path: Path,
) -> None:
    await publish(package(raw()), options())
    file = tmp_path / "a.json"
    file.write_bytes(package(raw(title="Đăng ký lại khai sinh"), raw(LAND, "Đăng ký đất")))
    before = await titles(client)

    async with connection.transaction():
        await connection.execute(f"lock table {LAST} in share mode")
        killed = await started(database, tmp_path, file)
        await until(connection, WAITING, LAST, 1)
        killed.kill()
        await killed.wait()
    await until(connection, OTHERS, "public_services.procedure_version", 0)
    clock.advance(seconds=3)
    after = await titles(client)
    again = await started(database, tmp_path, file)
    async with asyncio.timeout(SECONDS):
        outcome = await again.wait()
    clock.advance(seconds=3)

    assert after == before == {BIRTH: "Đăng ký khai sinh"}
    assert outcome == 0
    assert await titles(client) == {BIRTH: "Đăng ký lại khai sinh", LAND: "Đăng ký đất"}
