"""A worker waits for what comes, stops without losing any, and outlives its database's absence."""

import asyncio
import os
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
from click.testing import CliRunner
from structlog.testing import capture_logs

from backend.kernel import Transaction
from backend.kernel.pool import Pool
from backend.local.roles import DatabaseUrls
from backend.work import Worker, drain, work
from backend.work.perform import Workshop
from tests.work.post import DELIVER, KEPT, SEND, Kept, Parcel
from tests.work.tools import Habits, Look, Tell, until


async def deliver(tx: Transaction) -> None:
    await tx.enqueue(DELIVER, Parcel(number=1))


async def send(tx: Transaction) -> None:
    await tx.enqueue(SEND, Parcel(number=1))


@asynccontextmanager
async def at_work(shop: Workshop) -> AsyncGenerator[Worker]:
    worker = Worker(shop)
    running = asyncio.create_task(worker.run())
    yield worker
    worker.stop()
    await running


async def states(rows: Look) -> list[str]:
    return [row["state"] for row in await rows()]


async def test_work_that_comes_while_a_worker_idles_is_done(
    shop: Workshop, tell: Tell, rows: Look
) -> None:
    async with at_work(shop):
        await asyncio.sleep(0.1)
        await tell(deliver)

        async def done() -> bool:
            return await states(rows) == ["done"]

        await until(done)


async def test_no_more_runs_side_by_side_than_there_is_room_for(
    shop: Workshop, tell: Tell, rows: Look, habits: Habits
) -> None:
    begun = most = 0

    async def be_slow(*_: object) -> None:
        nonlocal begun, most
        begun += 1
        most = max(most, begun)
        await asyncio.sleep(0.02)
        begun -= 1

    habits["deliver"] = be_slow
    await tell(*[deliver] * 20)

    async def done() -> bool:
        return set(await states(rows)) == {"done"}

    async with at_work(shop):
        await until(done)

    assert most == shop.concurrency == 4


async def test_stopping_lets_what_runs_finish_and_begins_nothing_new(
    shop: Workshop, tell: Tell, rows: Look, habits: Habits
) -> None:
    begun = asyncio.Event()

    async def be_slow(*_: object) -> None:
        begun.set()
        await asyncio.sleep(0.2)

    habits["deliver"] = be_slow
    await tell(*[deliver] * 5)

    async with at_work(shop):
        await begun.wait()

    assert await states(rows) == ["done"] * 4 + ["waiting"]


async def test_whoever_stops_it_twice_does_not_wait_and_loses_nothing(
    shop: Workshop, tell: Tell, rows: Look, kept: Look, habits: Habits
) -> None:
    begun = asyncio.Event()

    async def never_end(*_: object) -> None:
        begun.set()
        await asyncio.Event().wait()

    habits["deliver"] = habits["carry"] = never_end
    await tell(deliver, send)

    async with at_work(shop) as worker:
        await begun.wait()
        worker.stop()

    found = [(row["state"], row["attempts"], row["crashes"]) for row in await rows()]
    assert found == [("waiting", 0, 0)] * 2
    assert await kept() == []


async def test_a_worker_waits_for_a_database_that_is_away(
    shop: Workshop, tell: Tell, rows: Look, tmp_path: Path
) -> None:
    away = msgspec.structs.replace(
        shop, pool=Pool(f"postgresql://nobody@/nothing?host={tmp_path}", size=1)
    )

    with capture_logs() as lines:
        async with at_work(away):
            await asyncio.sleep(0.2)

    assert {line["event"] for line in lines} == {"no work can be claimed", "no round can be made"}


def test_a_signal_ends_the_command_when_what_runs_is_finished(
    shop: Workshop, database: DatabaseUrls, habits: Habits
) -> None:
    own = msgspec.structs.replace(shop, pool=Pool(database.job, size=3))

    async def be_told_to_stop(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(0.05)

    @asynccontextmanager
    async def opened() -> AsyncGenerator[Workshop]:
        async with own.transaction() as tx:
            await deliver(tx)
        yield own
        found.extend(await drain(own))
        async with own.statements() as tx:
            found.extend(await tx.all(KEPT))
        await own.pool.close()

    found: list[object] = []
    habits["deliver"] = be_told_to_stop

    ended = CliRunner().invoke(work, ["run"], obj=opened, catch_exceptions=False)

    assert ended.exit_code == 0
    assert found == [Kept(reader="deliver", box_id=None, number=1)]


async def test_what_cannot_be_handed_back_is_left_to_its_lease(
    shop: Workshop, tell: Tell, rows: Look, habits: Habits
) -> None:
    begun = asyncio.Event()

    async def never_end(*_: object) -> None:
        begun.set()
        await asyncio.Event().wait()

    habits["deliver"] = never_end
    await tell(deliver)

    async with at_work(shop) as worker:
        await begun.wait()
        await shop.pool.close()
        worker.stop()

    assert await states(rows) == ["running"]
