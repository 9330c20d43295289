"""An errand leaves the house with no transaction open, and settles what came of it once."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from backend.kernel import Later, Transaction, work_key
from backend.kernel.database import Connection
from backend.testing import Clock
from backend.work import drain
from backend.work.claim import claim
from backend.work.perform import Workshop, leases, perform
from tests.work.post import SEND, Parcel
from tests.work.tools import Habits, Look, Tell, outcomes


async def send(tx: Transaction) -> None:
    await tx.enqueue(SEND, Parcel(number=1))


async def test_no_transaction_is_open_while_an_errand_is_out(
    shop: Workshop, connection: Connection, tell: Tell, kept: Look, habits: Habits
) -> None:
    found: list[Any] = []

    async def look(_: int) -> None:
        found.extend(
            [
                await connection.fetchval(
                    """
                select count(*)
                  from pg_stat_activity
                 where usename = 'tinhs_job'
                   and datname = current_database()
                   and state <> 'idle'
                """
                ),
                shop.pool.free,
            ]
        )

    habits["carry"] = look
    await tell(send)
    everything = shop.pool.free

    await drain(shop)

    assert found == [0, everything]
    assert [(one.reader, one.number) for one in await kept()] == [("sign", 1001)]


async def test_the_outside_hears_the_same_key_at_every_try(
    shop: Workshop, clock: Clock, tell: Tell, habits: Habits
) -> None:
    keys: list[str] = []

    async def fail_once(_: int) -> None:
        keys.append(work_key())
        if len(keys) == 1:
            raise ConnectionError

    habits["carry"] = fail_once
    await tell(send, send)
    await drain(shop)
    clock.advance(seconds=2)
    await drain(shop)

    assert len(keys) == 3
    assert len(set(keys)) == 2


def test_outside_of_work_there_is_no_key() -> None:
    with pytest.raises(LookupError):
        work_key()


async def test_an_errand_that_is_not_answered_in_time_has_failed(
    shop: Workshop, tell: Tell, kept: Look, habits: Habits
) -> None:
    async def dawdle(_: int) -> None:
        await asyncio.sleep(60)

    habits["carry"] = dawdle
    await tell(send)

    assert outcomes(await drain(shop)) == ["failed"]
    assert await kept() == []


async def test_an_errand_may_be_put_off(
    shop: Workshop, clock: Clock, tell: Tell, habits: Habits
) -> None:
    async def closed(_: int) -> None:
        raise Later(timedelta(hours=1))

    habits["carry"] = closed
    await tell(send)
    assert outcomes(await drain(shop)) == ["later"]
    habits.clear()
    clock.advance(hours=1)

    assert outcomes(await drain(shop)) == ["done"]


async def test_nobody_else_goes_while_an_errand_is_out(
    shop: Workshop, clock: Clock, tell: Tell, habits: Habits
) -> None:
    meanwhile: list[list[str]] = []

    async def look(_: int) -> None:
        clock.advance(seconds=5)
        meanwhile.append(outcomes(await drain(shop)))

    habits["carry"] = look
    await tell(send)

    assert outcomes(await drain(shop)) == ["done"]
    assert meanwhile == [[]]


async def test_whoever_comes_back_after_another_took_over_changes_nothing(
    shop: Workshop, clock: Clock, tell: Tell, kept: Look, habits: Habits
) -> None:
    async def be_long(_: int) -> None:
        habits.clear()
        clock.advance(seconds=60)
        assert outcomes(await drain(shop)) == ["done"]

    habits["carry"] = be_long
    await tell(send)
    async with shop.statements() as tx:
        (first,) = await claim(tx, leases(shop.duties), 1)

    assert await asyncio.create_task(perform(shop, first)) == "lost"
    assert [(one.reader, one.number) for one in await kept()] == [("sign", 1001)]
