"""A post office, its workers' connections, and ways to tell them something."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from datetime import datetime

import asyncpg
import pytest
import pytest_asyncio

import backend.work
from backend.kernel import VIETNAM, House, Module, Principal, Transaction
from backend.kernel.database import Connection
from backend.kernel.pool import Pool
from backend.local.roles import DatabaseUrls
from backend.testing import Clock
from backend.work import open_workshop
from backend.work.perform import Workshop
from contracts.event import Event
from tests.work import post
from tests.work.post import KEPT, Kept
from tests.work.tools import Habits, Tell


@pytest.fixture(scope="module")
def modules() -> Sequence[Module]:
    return [post.module, backend.work.module]


@pytest.fixture(autouse=True)
def habits() -> Iterator[Habits]:
    """What the people of the post office do besides; nothing, until a test says so."""
    yield post.habits
    post.habits.clear()


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def empty(connection: Connection) -> None:
    """Begin each test with nothing told and nothing kept."""
    await connection.execute(
        "truncate kernel.event, kernel.work, kernel.timetable, post.kept restart identity"
    )


@pytest_asyncio.fixture(loop_scope="session")
async def shop(
    database: DatabaseUrls, modules: Sequence[Module], clock: Clock
) -> AsyncGenerator[Workshop]:
    shop = open_workshop(database.job, House(), modules, concurrency=4, clock=clock)
    yield shop
    await shop.pool.close()


@pytest_asyncio.fixture(loop_scope="session")
async def tell(database: DatabaseUrls, clock: Clock) -> AsyncGenerator[Tell]:
    """Publish events, or do something else, in one committed transaction of a request."""
    pool = Pool(database.runtime, size=1)

    async def tell(*what: Event | Callable[[Transaction], Awaitable[None]]) -> None:
        principal = Principal(kind="citizen", request_id="trace of a request")
        async with pool.connection() as connection, connection.transaction():
            tx = Transaction(connection, House(), clock(), principal)
            for one in what:
                await (tx.publish(one) if isinstance(one, Event) else one(tx))

    yield tell
    await pool.close()


@pytest_asyncio.fixture(loop_scope="session")
async def kept(connection: Connection) -> Callable[[], Awaitable[list[Kept]]]:
    """Look at what was done, in the order in which it was done."""

    async def kept() -> list[Kept]:
        return list(await Transaction(connection, House(), datetime.now(VIETNAM)).all(KEPT))

    return kept


@pytest_asyncio.fixture(loop_scope="session")
async def rows(connection: Connection) -> Callable[[], Awaitable[list[asyncpg.Record]]]:
    """Look at the pieces of work themselves."""

    async def rows() -> list[asyncpg.Record]:
        return await connection.fetch("select * from kernel.work order by id")

    return rows
