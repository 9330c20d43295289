"""Fixtures for the tests of any module.

`modules` says what the house consists of (override it to seat stand-ins); each test file gets a
database of its own, so tests commit, and what they commit is tested.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import Any, cast

import asyncpg
import msgspec
import pytest
import pytest_asyncio
from litestar import Litestar

from backend.gateway.logs import Journal
from backend.host.app import create_app, registered
from backend.host.registry import discover, gather
from backend.host.settings import Settings, wanted
from backend.host.words import teach
from backend.kernel import House, Module, Principal, Secret, Transaction
from backend.kernel.database import Connection, prepare_connection
from backend.local.roles import DatabaseUrls
from backend.testing.callers import BASE_URL, Client, alive
from backend.testing.clock import Clock
from backend.testing.databases import Templates, server

_SECRET = b"a secret that every test may know"
_ROUTES_MAX = 8


class _Routes:
    """The routes of the last few houses: the next test file mostly has those of one, and gets them.

    To register five hundred takes longer than most files of tests. Nothing of a house stays in
    them, and no two are open at once.
    """

    def __init__(self) -> None:
        self._kept: dict[object, tuple[Sequence[Module], Litestar]] = {}

    def of(self, modules: Sequence[Module], ours: Settings) -> Litestar:
        """Return what is registered for these modules, which are told apart by identity."""
        asked = (tuple(map(id, modules)), ours.env, ours.host, ours.modules, ours.security_contact)
        # The modules are kept too, so that no others come to lie where they were.
        found = self._kept.pop(asked, None) or (tuple(modules), registered(modules, ours))
        self._kept[asked] = found
        if len(self._kept) > _ROUTES_MAX:
            del self._kept[next(iter(self._kept))]
        return found[1]


_routes = _Routes()


@pytest.fixture(scope="module")
def clock() -> Clock:
    """The one clock of the house; it stands still until it is advanced."""
    return Clock()


@pytest.fixture(scope="module")
def modules() -> Sequence[Module]:
    """The modules under test: every installed one. Override it to seat stand-ins."""
    return discover()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def templates() -> AsyncGenerator[Templates]:
    """The databases of the run."""
    with contextmanager(server)() as dsn:
        yield Templates(dsn)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def database(modules: Sequence[Module], templates: Templates) -> AsyncGenerator[DatabaseUrls]:
    """A fresh migrated database for this test file, and how each role logs in."""
    async with templates.copy(modules) as urls:
        yield urls


@pytest.fixture(scope="module")
def settings(
    modules: Sequence[Module],
    database: DatabaseUrls,
    tmp_path_factory: pytest.TempPathFactory,
) -> Mapping[type[msgspec.Struct], msgspec.Struct]:
    """The settings of the house under test; override it to change one."""
    found = {kind: kind() for kind in wanted(modules).values()}
    return found | {
        Settings: Settings(
            env="test",
            base_url=BASE_URL,
            data_dir=tmp_path_factory.mktemp("data"),
            database_url=Secret(database.runtime),
            database_auth_url=Secret(database.auth),
            database_job_url=Secret(database.job),
            requests_per_minute=1_000_000,
        )
    }


@pytest.fixture(scope="module")
def journal() -> Journal:
    """Where the house under test writes its log; override it to read what it wrote."""
    return Journal(BytesIO())


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def client(
    modules: Sequence[Module],
    settings: Mapping[type[msgspec.Struct], msgspec.Struct],
    clock: Clock,
    journal: Journal,
) -> AsyncGenerator[Client]:
    """A caller without credentials, before the whole application, gateway included."""
    app = create_app(
        modules,
        settings,
        secret=_SECRET,
        clock=clock,
        journal=journal,
        routes=_routes.of(modules, cast("Settings", settings[Settings])),
    )
    async with alive(app), Client(app) as client:
        yield client


@pytest_asyncio.fixture(loop_scope="session")
async def connection(database: DatabaseUrls) -> AsyncGenerator[Connection]:
    """A connection of the owner, for looking at rows when the promise is about rows."""
    connection: Any = await asyncpg.connect(database.owner)
    await prepare_connection(connection)
    yield connection
    await connection.close()


@pytest_asyncio.fixture(loop_scope="session")
async def tx(
    database: DatabaseUrls,
    modules: Sequence[Module],
    settings: Mapping[type[msgspec.Struct], msgspec.Struct],
    clock: Clock,
) -> AsyncGenerator[Transaction]:
    """A transaction of the house itself, rolled back when the test ends."""
    teach(modules)
    connection: Any = await asyncpg.connect(database.job)
    await prepare_connection(connection)
    await connection.execute("begin; select set_config('tinhs.kind', 'job', true)")
    ours = cast("Settings", settings[Settings])
    house = House(providers=gather(modules, settings), secret=_SECRET, data_dir=ours.data_dir)
    yield Transaction(connection, house, clock.now, Principal(kind="job"))
    await connection.execute("rollback")
    await connection.close()
