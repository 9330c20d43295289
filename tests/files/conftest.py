"""A house with a module that collects photos, and whoever calls on its file store."""

import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
import msgspec
import pytest

from backend.files.cleaner import Cleaner
from backend.files.settings import Settings
from backend.host.registry import discover, gather
from backend.host.settings import Settings as HostSettings
from backend.kernel import NOBODY, House, Module, Principal, Transaction
from backend.kernel.database import Connection, prepare_connection
from backend.local.roles import DatabaseUrls
from backend.testing import Clock
from backend.testing.callers import Client
from contracts.files import FilePurpose, FilePurposes, FileStore

SERVICE = os.environ.get("TINHS_TEST_S3", "")
"""An S3-compatible service that takes anybody, if there is one."""

REPORT = FilePurpose(name="reports.photo", keeps_original=True)

Given: TypeAlias = Mapping[type[msgspec.Struct], msgspec.Struct]
Visit: TypeAlias = Callable[[UUID | None], AbstractAsyncContextManager[FileStore]]
Settle: TypeAlias = Callable[[], Awaitable[None]]


class Collects:
    """A module that lets people send photos ahead."""

    def __init__(self, _: object) -> None:
        pass

    def purposes(self) -> Sequence[FilePurpose]:
        return [REPORT]


reports = Module(name="reports", provides={FilePurposes: Collects})


@pytest.fixture(scope="module")
def modules() -> Sequence[Module]:
    return [*discover(), reports]


@pytest.fixture(scope="module")
def settings(settings: Given) -> Given:
    return {**settings, Settings: Settings(files_a_day=6, bytes_a_day=2_000_000)}


@pytest.fixture(scope="module")
def data_dir(settings: Given) -> Path:
    host = settings[HostSettings]
    assert isinstance(host, HostSettings)
    return host.data_dir


@pytest.fixture(scope="module")
def house(modules: Sequence[Module], settings: Given, data_dir: Path) -> House:
    return House(
        providers=gather(modules, settings), base_url="http://testserver.local", data_dir=data_dir
    )


@pytest.fixture
def visit(database: DatabaseUrls, house: House, clock: Clock) -> Visit:
    """Open a unit of work as the gateway does, with the rights of a request and no more."""

    @asynccontextmanager
    async def visited(person_id: UUID | None) -> AsyncGenerator[FileStore]:
        connection: Any = await asyncpg.connect(database.runtime)
        await prepare_connection(connection)
        who = NOBODY if person_id is None else Principal(kind="citizen", person_id=person_id)
        try:
            async with connection.transaction():
                await connection.execute(
                    "select set_config('tinhs.kind', $1, true),"
                    " set_config('tinhs.person_id', $2, true)",
                    who.kind,
                    str(person_id or ""),
                )
                yield Transaction(connection, house, clock.now, who).ask(FileStore)
        finally:
            await connection.close()

    return visited


@pytest.fixture
def fetch(client: Client) -> Callable[[str], Awaitable[tuple[int, bytes]]]:
    async def fetched(address: str) -> tuple[int, bytes]:
        parts = urlsplit(address)
        answer = await client.get(f"{parts.path}?{parts.query}")
        return answer.status_code, answer.content

    return fetched


@pytest.fixture
def settle(drain: Callable[[], Awaitable[list[str]]]) -> Settle:
    async def settled() -> None:
        assert set(await drain()) <= {"done"}

    return settled


@pytest.fixture(scope="module")
def cleaner() -> Iterator[Cleaner]:
    cleaner = Cleaner()
    yield cleaner
    cleaner.close()


@pytest.fixture
async def rows(connection: Connection) -> Connection:
    """The owner's connection, which forced row security lets see what the timetable sees."""
    await connection.execute("select set_config('tinhs.kind', 'job', false)")
    return connection
