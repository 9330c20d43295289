"""What the tests of the territory share: a day on which the reform is past, and a shell."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import asyncpg
import click
import msgspec
import pytest
from click.testing import CliRunner, Result

from backend.host.registry import gather
from backend.kernel import VIETNAM, House, Module, Principal, Shell, Transaction
from backend.kernel.database import prepare_connection
from backend.local.roles import DatabaseUrls
from backend.testing import Clock

Settings = Mapping[type[msgspec.Struct], msgspec.Struct]


@pytest.fixture(scope="module")
def clock() -> Clock:
    """The fifth of January 2026, in the morning: districts have been gone for half a year."""
    clock = Clock()
    clock.now = datetime(2026, 1, 5, 9, tzinfo=VIETNAM)
    return clock


class Place:
    """The house as a command meets it, on a connection of its own."""

    def __init__(self, connection: Any, house: House, now: datetime) -> None:
        self._connection, self._house, self._now = connection, house, now

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Transaction]:
        async with self._connection.transaction():
            yield Transaction(self._connection, self._house, self._now, Principal(kind="job"))


@pytest.fixture(scope="module")
def shell(
    database: DatabaseUrls, modules: Sequence[Module], settings: Settings, clock: Clock
) -> Shell:
    @asynccontextmanager
    async def opened() -> AsyncGenerator[Place]:
        connection = await asyncpg.connect(database.job)
        try:
            await prepare_connection(connection)
            yield Place(connection, House(providers=gather(modules, settings)), clock.now)
        finally:
            await connection.close()

    return opened


@pytest.fixture(scope="module")
def invoke(shell: Shell) -> Callable[..., Awaitable[Result]]:
    """Call a command as a person at the shell would."""

    async def call(command: click.Command, *arguments: str) -> Result:
        # A command runs a loop of its own, which needs a thread without one.
        return await asyncio.to_thread(CliRunner().invoke, command, arguments, obj=shell)

    return call
