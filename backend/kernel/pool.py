"""A small pool of raw connections: last in, first out, no reset round trip, no proxies.

asyncpg's own pool sends a reset query at every release and wraps each use, which costs more than
half of a small query. Doing without asks three things of the house: only `set local`, advisory
locks of a transaction alone, and a connection of its own for `listen`.
"""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Final

import asyncpg

from backend.kernel.database import Connection, prepare_connection
from backend.kernel.hosts import connect

END: Final = "commit; "
"""Ends a transaction in the round trip of the statement that follows."""

_OPEN_SECONDS: Final = 0.005
# The second is what the driver says of a connection that is ended while a statement goes out.
_UNUSABLE: Final = (asyncpg.InterfaceError, asyncpg.InternalClientError)


class PoolExhausted(Exception):
    """No connection came free in time; the house answers 503 and asks to come again."""


class Pool:
    """At most `size` connections to one database as one role.

    `wait` is how many seconds a caller queues before `PoolExhausted`. A connection whose last
    use did not end in a clean state (cancelled, lost, inside a transaction) is closed, never
    handed on.
    """

    def __init__(self, dsn: str, *, size: int = 10, wait: float = 1.0, **options: Any) -> None:
        self._dsn, self._size, self._wait, self._options = dsn, size, wait, options
        self._free: list[Connection] = []
        self._waiting: deque[asyncio.Future[Connection]] = deque()
        self._open = 0
        self._closed = False
        self._ending: asyncio.TimerHandle | None = None
        self._closing: set[asyncio.Task[None]] = set()

    @property
    def free(self) -> int:
        """How many connections could be taken now without waiting."""
        return len(self._free) + self._size - self._open

    @property
    def waiting(self) -> int:
        """How many callers queue for a connection."""
        return len(self._waiting)

    async def take(self) -> Connection:
        """Return a connection to be given back with `give`.

        Raises `PoolExhausted`, or `ServerAway` and `asyncpg.PostgresError` when nobody answers.
        """
        connection = await self.take_over()
        if connection.is_in_transaction():
            try:
                await connection.execute(END)
            except BaseException:
                self.drop(connection)
                raise
        return connection

    async def take_over(self) -> Connection:
        """Return a connection on which somebody's reading may not have been ended yet.

        Send `END` with your own begin if it `is_in_transaction()`. Raises what `take` raises.
        """
        if self._closed:
            raise PoolExhausted
        while self._free:
            connection = self._free.pop()
            if not connection.is_closed():
                return connection
            self._open -= 1  # the server went away while it was idle
        if self._open < self._size:
            return await self._connect()
        return await self._queue()

    async def _queue(self) -> Connection:
        turn: asyncio.Future[Connection] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(self._wait):
                return await turn
        except BaseException as error:
            if turn in self._waiting:
                self._waiting.remove(turn)
            elif turn.done() and not turn.cancelled() and turn.exception() is None:
                self.give_open(turn.result())
            if isinstance(error, TimeoutError):
                raise PoolExhausted from error
            raise

    def give(self, connection: Connection) -> None:
        """Take a connection back; one that is not clean is closed and replaced on demand."""
        if self._closed or connection.is_closed() or connection.is_in_transaction():
            self.drop(connection)
        else:
            self._pass_on(connection)

    def give_open(self, connection: Connection) -> None:
        """Take a connection back on which a reading transaction need only be ended.

        Nobody waits for that: whoever comes next sends it along with their begin, and if nobody
        comes within a few milliseconds, the pool ends it.
        """
        if self._closed or connection.is_closed():
            self.drop(connection)
        else:
            self._pass_on(connection)

    def drop(self, connection: Connection) -> None:
        """Close a connection whose state nobody can vouch for, and let a waiter have a new one."""
        self._open -= 1
        if not connection.is_closed():
            self._later(_close(connection))
        self._serve()

    @asynccontextmanager
    async def connection(self) -> AsyncGenerator[Connection]:
        """Lend a connection for a block; whatever goes wrong inside, it is not handed on dirty."""
        connection = await self.take()
        try:
            yield connection
        except (TimeoutError, *_UNUSABLE):
            self.drop(connection)  # a statement may still be under way on it
            raise
        except Exception:
            self.give(connection)
            raise
        except BaseException:
            self.drop(connection)
            raise
        self.give(connection)

    async def close(self) -> None:
        """Close what is idle now and the rest as it comes back; nobody gets one any more."""
        self._closed = True
        if self._ending is not None:
            self._ending.cancel()
        while turn := self._next():
            turn.set_exception(PoolExhausted())
        while self._free:
            self.drop(self._free.pop())
        while self._closing:
            await asyncio.wait(self._closing)

    async def _connect(self) -> Connection:
        self._open += 1
        try:
            connection = await connect(self._dsn, **self._options)
            try:
                await prepare_connection(connection)
            except BaseException:
                connection.terminate()
                raise
        except BaseException:
            self._open -= 1
            self._serve()
            raise
        return connection

    def _pass_on(self, connection: Connection) -> None:
        turn = self._next()
        if turn is not None:
            turn.set_result(connection)
            return
        self._free.append(connection)
        if self._ending is None and connection.is_in_transaction():
            loop = asyncio.get_running_loop()
            self._ending = loop.call_later(_OPEN_SECONDS, self._end_idle)

    def _end_idle(self) -> None:
        self._ending = None
        idle = [connection for connection in self._free if connection.is_in_transaction()]
        for connection in idle:
            self._free.remove(connection)
            self._later(self._end(connection))

    async def _end(self, connection: Connection) -> None:
        try:
            await connection.execute(END)
        except (OSError, asyncpg.PostgresError, *_UNUSABLE):
            self.drop(connection)
        else:
            self.give(connection)

    def _next(self) -> asyncio.Future[Connection] | None:
        """Return the turn of whoever has waited longest and has not gone away meanwhile."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                return turn
        return None

    def _serve(self) -> None:
        """Connect for somebody who waits, now that there may be room."""
        if self._waiting:
            self._later(self._refill())

    async def _refill(self) -> None:
        if not self._waiting or self._open >= self._size:
            return  # those at work will serve the waiters when they finish
        try:
            self.give(await self._connect())
        except Exception as error:  # noqa: BLE001 - the waiter must hear of it, whatever it is
            if turn := self._next():
                turn.set_exception(error)

    def _later(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


async def _close(connection: Connection) -> None:
    try:
        await connection.close(timeout=2)  # waits for a cancel request in flight
    except Exception:  # noqa: BLE001 - a broken connection is closed either way
        connection.terminate()
