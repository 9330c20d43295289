"""What happens after the answer: events that were told, and the work that waits for a worker."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar, cast

import msgspec
import pytest
import pytest_asyncio

from backend.host.registry import gather
from backend.host.settings import Settings
from backend.kernel import House, Module
from backend.kernel.database import Connection
from backend.local.roles import DatabaseUrls
from backend.testing.clock import Clock
from backend.work import drain as drain_shop
from backend.work import open_workshop
from contracts.event import Event

E = TypeVar("E", bound=Event)


@pytest_asyncio.fixture(loop_scope="session")
async def drain(
    database: DatabaseUrls,
    modules: Sequence[Module],
    settings: Mapping[type[msgspec.Struct], msgspec.Struct],
    clock: Clock,
    connection: Connection,
) -> AsyncGenerator[Callable[[], Awaitable[list[str]]]]:
    """Do all the work that is due, and what follows from it: `await drain()`.

    Returns how each piece ended, in order: `done`, or `later` for one that asked to come again.
    Raises `AssertionError` that says which piece failed and of what: a test that goes on as if the
    work were done fails far from the cause.
    """
    ours = cast("Settings", settings[Settings])
    house = House(
        providers=gather(modules, settings), base_url=ours.base_url, data_dir=ours.data_dir
    )
    shop = open_workshop(database.job, house, modules, concurrency=2, clock=clock)

    async def drained() -> list[str]:
        outcomes = [did.outcome for did in await drain_shop(shop)]
        if not {"done", "later"}.issuperset(outcomes):
            rows: Any = await connection.fetch(
                "select name, state, error from kernel.work where error is not null"
            )
            raise AssertionError("work failed", outcomes, [tuple(row) for row in rows])
        return outcomes

    yield drained
    await shop.pool.close()


@pytest.fixture
def told(connection: Connection) -> Callable[[type[E]], Awaitable[list[E]]]:
    """Return the events of one type that were told in this file, the oldest first.

    `(filed,) = await told(ReportFiled)`.
    """

    async def events(kind: type[E]) -> list[E]:
        rows: Any = await connection.fetch(
            "select payload from kernel.event where type = $1 order by published_at, id",
            kind.__struct_config__.tag,
        )
        return [msgspec.convert(row["payload"], kind, strict=False) for row in rows]

    return events
