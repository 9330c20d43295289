"""A database with the kernel's own tables and nothing else."""

from collections.abc import AsyncGenerator, Sequence

import pytest
import pytest_asyncio

from backend.kernel import House, Module, Principal, Transaction
from backend.kernel.database import Connection
from backend.testing import Clock


@pytest.fixture(scope="module")
def modules() -> Sequence[Module]:
    return []


@pytest_asyncio.fixture(loop_scope="session")
async def tx(connection: Connection, clock: Clock) -> AsyncGenerator[Transaction]:
    """A transaction of the owner, who may make tables, rolled back when the test ends."""
    work = connection.transaction()
    await work.start()
    house = House(secret=b"a secret that nobody outside knows")
    yield Transaction(connection, house, clock(), Principal(kind="citizen"))
    await work.rollback()
