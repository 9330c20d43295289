"""A pool never hands on a connection that somebody left in an unknown state."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from backend.kernel.database import Connection
from backend.kernel.hosts import ServerAway
from backend.kernel.pool import END, Pool, PoolExhausted
from backend.local.roles import DatabaseUrls

SLOW = "select pg_sleep(60)"

Take = Callable[[], Coroutine[None, None, Connection]]


@pytest_asyncio.fixture(loop_scope="session")
async def pool(database: DatabaseUrls) -> AsyncGenerator[Pool]:
    """Room for two, and little patience."""
    pool = Pool(database.runtime, size=2, wait=0.2)
    yield pool
    await pool.close()


@pytest_asyncio.fixture(loop_scope="session")
async def take(pool: Pool) -> AsyncGenerator[Take]:
    """Take from the pool; whatever the test keeps is closed when it ends."""
    taken: list[Connection] = []

    async def take() -> Connection:
        taken.append(await pool.take())
        return taken[-1]

    yield take
    for connection in taken:
        connection.terminate()


async def backend_of(connection: Connection) -> int:
    return await connection.fetchval("select pg_backend_pid()")


async def test_the_last_one_given_back_is_the_first_one_taken(pool: Pool, take: Take) -> None:
    first, second = await take(), await take()
    pool.give(first)
    pool.give(second)

    assert await take() is second
    assert await take() is first


async def test_an_exhausted_pool_answers_within_its_wait(pool: Pool, take: Take) -> None:
    taken = [await take(), await take()]

    async with asyncio.timeout(5):
        with pytest.raises(PoolExhausted):
            await take()

    assert (pool.free, pool.waiting) == (0, 0)
    for connection in taken:
        pool.give(connection)
    assert pool.free == 2


async def test_without_a_limit_whoever_comes_late_waits_for_ever(database: DatabaseUrls) -> None:
    """The control: nothing but the wait of a pool ends a queue of which nobody goes."""
    patient = Pool(database.runtime, size=1, wait=86_400)
    taken = await patient.take()
    late = asyncio.create_task(patient.take())

    done, _ = await asyncio.wait({late}, timeout=0.5)  # others have been refused after 0.2
    patient.give(taken)

    assert not done
    assert await late is taken
    patient.give(taken)
    await patient.close()


async def test_whoever_waits_longest_comes_first(pool: Pool, take: Take) -> None:
    one, other = await take(), await take()
    first, second = asyncio.create_task(take()), asyncio.create_task(take())
    await asyncio.sleep(0)
    assert pool.waiting == 2

    pool.give(one)
    pool.give(other)

    assert await first is one
    assert await second is other


async def test_a_connection_whose_statement_was_cancelled_is_never_handed_on(pool: Pool) -> None:
    async def be_slow() -> None:
        async with pool.connection() as connection:
            backends.append(await backend_of(connection))
            await connection.execute(SLOW)

    backends: list[int] = []
    task = asyncio.create_task(be_slow())
    while not backends:  # noqa: ASYNC110 - the statement is under way
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    async with pool.connection() as one, pool.connection() as other:
        assert backends[0] not in {await backend_of(one), await backend_of(other)}


async def test_a_connection_whose_statement_took_too_long_is_never_handed_on(pool: Pool) -> None:
    async def be_slow() -> None:
        async with pool.connection() as connection:
            backends.append(await backend_of(connection))
            async with asyncio.timeout(0.05):
                await connection.execute(SLOW)

    backends: list[int] = []
    with pytest.raises(TimeoutError):
        await be_slow()

    async with pool.connection() as one, pool.connection() as other:
        assert backends[0] not in {await backend_of(one), await backend_of(other)}


async def test_a_connection_left_inside_a_transaction_is_never_handed_on(
    pool: Pool, take: Take
) -> None:
    left = await take()
    await left.execute("begin")
    backend = await backend_of(left)

    pool.give(left)

    async with pool.connection() as one, pool.connection() as other:
        assert backend not in {await backend_of(one), await backend_of(other)}


@pytest.mark.parametrize("failure", [ValueError(), asyncpg.PostgresError()])
async def test_a_failure_between_statements_costs_no_connection(
    pool: Pool, failure: Exception
) -> None:
    async def fail() -> None:
        async with pool.connection() as connection:
            backends.append(await backend_of(connection))
            raise failure

    backends: list[int] = []
    with pytest.raises(type(failure)):
        await fail()

    async with pool.connection() as again:
        assert await backend_of(again) == backends[0]


async def test_a_connection_that_the_server_closed_while_idle_is_replaced(
    pool: Pool, take: Take
) -> None:
    idle, other = await take(), await take()
    backend = await backend_of(idle)
    pool.give(idle)
    await other.execute("select pg_terminate_backend($1)", backend)
    while not idle.is_closed():  # noqa: ASYNC110 - the news comes over the wire
        await asyncio.sleep(0.01)

    assert await backend_of(await take()) != backend
    assert pool.free == 0


async def test_a_waiter_gets_a_new_connection_for_one_that_was_dropped(
    pool: Pool, take: Take
) -> None:
    one, other = await take(), await take()
    waiting = asyncio.create_task(take())
    await asyncio.sleep(0)

    pool.drop(one)

    assert await waiting not in {one, other}


async def test_a_drop_makes_no_more_connections_than_there_is_room_for(
    pool: Pool, take: Take
) -> None:
    one, other = await take(), await take()
    waiting = asyncio.create_task(take())
    await asyncio.sleep(0)

    pool.drop(one)
    third = await take()

    assert pool.free == 0
    pool.give(other)
    assert await waiting is other
    pool.give(third)


async def test_a_waiter_that_goes_away_as_its_turn_comes_loses_nothing(
    pool: Pool, take: Take
) -> None:
    one, _ = await take(), await take()
    waiting = asyncio.create_task(take())
    await asyncio.sleep(0)

    pool.give(one)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    assert await take() is one


async def test_a_waiter_that_went_away_is_passed_over(pool: Pool, take: Take) -> None:
    one, _ = await take(), await take()
    gone, patient = asyncio.create_task(take()), asyncio.create_task(take())
    await asyncio.sleep(0)

    gone.cancel()
    pool.give(one)

    assert await patient is one


async def test_a_server_that_is_away_is_named_so(tmp_path: Path) -> None:
    pool = Pool(f"postgresql://nobody@/nothing?host={tmp_path}", size=1)

    with pytest.raises(ServerAway):
        await pool.take()

    assert pool.free == 1


async def test_everybody_who_waits_hears_that_the_server_is_away(tmp_path: Path) -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    dsn = f"postgresql://nobody@/nothing?host={tmp_path}"
    async with await asyncio.start_unix_server(hang_up, tmp_path / ".s.PGSQL.5432"):
        pool = Pool(dsn, size=1, wait=5)
        turns = [asyncio.create_task(pool.take()) for _ in range(3)]
        heard = await asyncio.gather(*turns, return_exceptions=True)

    assert [isinstance(error, OSError | asyncpg.PostgresError) for error in heard] == [True] * 3
    assert (pool.free, pool.waiting) == (1, 0)


async def test_a_waiter_that_went_away_hears_nothing(tmp_path: Path) -> None:
    called, enough = asyncio.Semaphore(0), asyncio.Event()

    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        called.release()
        await enough.wait()
        writer.close()

    dsn = f"postgresql://nobody@/nothing?host={tmp_path}"
    async with await asyncio.start_unix_server(hang_up, tmp_path / ".s.PGSQL.5432"):
        pool = Pool(dsn, size=1, wait=5)
        first, second = (asyncio.create_task(pool.take()) for _ in range(2))
        await called.acquire()
        first.cancel()
        await called.acquire()
        second.cancel()
        enough.set()
        await asyncio.wait([first, second])
        await pool.close()

    assert (pool.free, pool.waiting) == (1, 0)


class Stubborn(asyncpg.Connection):
    """A connection that learns nothing."""

    async def set_type_codec(self, *_: object, **__: object) -> None:
        raise asyncpg.InterfaceError("no")


async def test_a_connection_that_cannot_be_prepared_is_not_lent(database: DatabaseUrls) -> None:
    pool = Pool(database.runtime, size=1, connection_class=Stubborn)

    with pytest.raises(asyncpg.InterfaceError):
        await pool.take()

    assert pool.free == 1


class Clinging(asyncpg.Connection):
    """A connection that does not end in good order."""

    async def close(self, *, timeout: float | None = None) -> None:  # noqa: ASYNC109 - its name
        raise asyncpg.InterfaceError("no")


async def test_a_connection_that_does_not_close_is_cut_off(database: DatabaseUrls) -> None:
    pool = Pool(database.runtime, size=1, connection_class=Clinging)
    async with pool.connection() as connection:
        pass

    await pool.close()

    assert connection.is_closed()


async def test_a_closed_pool_lends_nothing_and_keeps_nothing(database: DatabaseUrls) -> None:
    pool = Pool(database.runtime, size=1)
    lent = await pool.take()
    waiting = asyncio.create_task(pool.take())
    await asyncio.sleep(0)

    await pool.close()
    with pytest.raises(PoolExhausted):
        await waiting
    with pytest.raises(PoolExhausted):
        await pool.take()
    pool.give(lent)
    await pool.close()

    assert lent.is_closed()


READ = (
    "begin isolation level repeatable read, read only; select set_config('tinhs.kind', 'x', true)"
)


async def read_and_leave_open(pool: Pool) -> Connection:
    connection = await pool.take_over()
    await connection.execute(READ)
    pool.give_open(connection)
    return connection


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not is_so():  # noqa: ASYNC110 - nobody tells of it
            await asyncio.sleep(0.005)


async def test_a_reading_left_open_is_ended_by_whoever_comes_next(pool: Pool) -> None:
    left = await read_and_leave_open(pool)

    connection = await pool.take_over()
    was_open = connection.is_in_transaction()
    await connection.execute(f"{END}begin")
    seen = await connection.fetchval("select current_setting('tinhs.kind', true)")
    await connection.execute("rollback")
    pool.give(connection)

    assert connection is left
    assert was_open
    assert not seen


async def test_whoever_asks_for_nothing_special_gets_it_ended(pool: Pool, take: Take) -> None:
    await read_and_leave_open(pool)

    connection = await take()

    assert not connection.is_in_transaction()


async def test_a_reading_that_nobody_follows_is_ended_within_moments(pool: Pool) -> None:
    connection = await read_and_leave_open(pool)

    await until(lambda: not connection.is_in_transaction())
    await until(lambda: pool.free == 2)


async def test_a_reading_left_open_goes_on_to_who_waits(pool: Pool, take: Take) -> None:
    open_one, other = await pool.take_over(), await take()
    await open_one.execute(READ)
    hasty, patient = (asyncio.create_task(pool.take_over()) for _ in range(2))
    await asyncio.sleep(0)

    pool.give_open(open_one)
    hasty.cancel()  # it has been given the connection, and has not woken up yet
    received = await patient
    pool.give(received)
    pool.give(other)

    assert received is open_one
    assert hasty.cancelled()


async def test_a_connection_lost_while_it_was_open_is_replaced(pool: Pool, take: Take) -> None:
    executioner = await take()
    connection = await read_and_leave_open(pool)
    backend = connection.get_server_pid()
    await executioner.execute(f"select pg_terminate_backend({backend})")

    await until(lambda: connection.is_closed() and pool.free == 1)
    successor = await take()

    assert not successor.is_in_transaction()
    assert successor is not connection
