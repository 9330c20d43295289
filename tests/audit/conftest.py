"""A log with looks in it, sealed; and somebody who may change its tables behind its back."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
import msgspec
import pytest
import pytest_asyncio

from backend.audit import verifying
from backend.audit.jobs import SEAL
from backend.host.registry import gather
from backend.host.settings import Settings
from backend.identity.scopes import READ
from backend.kernel import House, Module, Principal, Transaction
from backend.kernel.database import Connection, prepare_connection
from backend.local.roles import DatabaseUrls
from backend.testing import Caller, Clock
from backend.testing.callers import BASE_URL
from backend.testing.databases import Templates, of
from tests.people import clinic
from tests.people.conftest import doctor, modules, visit

__all__ = ["doctor", "modules", "visit"]

Look = Callable[..., Awaitable[None]]
Verify = Callable[[], Awaitable[verifying.Report]]


@pytest.fixture
def patient(as_citizen: Callable[..., Caller]) -> Caller:
    return as_citizen(clinic.TELL, READ)


@pytest.fixture
def look(doctor: Caller, patient: Caller, visit: UUID) -> Look:
    """Let the doctor look at the patient: two lines each time."""

    async def look(times: int = 1) -> None:
        for _ in range(times):
            seen = await doctor.get(f"/v1/clinic/desk/visits/{visit}")
            assert seen.status_code == 200

    return look


@pytest.fixture
def data_dir(settings: Mapping[type[msgspec.Struct], msgspec.Struct]) -> Path:
    return cast("Settings", settings[Settings]).data_dir


Work = Callable[[Callable[[Transaction], Awaitable[Any]]], Awaitable[Any]]


@pytest_asyncio.fixture(loop_scope="session")
async def work(
    database: DatabaseUrls,
    modules: Sequence[Module],
    settings: Mapping[type[msgspec.Struct], msgspec.Struct],
    clock: Clock,
    data_dir: Path,
) -> AsyncGenerator[Work]:
    """Do something as a job does it, and keep it."""
    connection: Any = await asyncpg.connect(database.job)
    await prepare_connection(connection)
    house = House(providers=gather(modules, settings), data_dir=data_dir, base_url=BASE_URL)

    async def work(run: Callable[[Transaction], Awaitable[Any]]) -> Any:
        async with connection.transaction():
            await connection.execute("select set_config('tinhs.kind', 'job', true)")
            return await run(Transaction(connection, house, clock.now, Principal(kind="job")))

    yield work
    await connection.close()


@pytest.fixture
def seal(work: Work) -> Callable[..., Awaitable[None]]:
    """Let time pass: what was placed at one tick is signed at the next, copied at the third."""

    async def seal(ticks: int = 3) -> None:
        for _ in range(ticks):
            run: Any = SEAL.run
            await work(run)

    return seal


@pytest.fixture
def verify(work: Work) -> Verify:
    async def verified() -> verifying.Report:
        return await work(verifying.verify)

    return verified


@pytest_asyncio.fixture(loop_scope="session")
async def intruder(database: DatabaseUrls, templates: Templates) -> AsyncGenerator[Connection]:
    """A superuser, whom neither policy nor trigger holds."""
    name = urlsplit(database.owner).path.removeprefix("/")
    connection: Any = await asyncpg.connect(of(templates.dsn, name))
    await connection.execute("set session_replication_role = replica")
    yield connection
    await connection.close()
