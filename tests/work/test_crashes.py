"""Real processes are killed at work: nothing is lost, nothing is done twice, order is kept."""

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from backend.kernel import Statement, Transaction
from backend.local.roles import DatabaseUrls
from backend.testing import Clock
from backend.work import claim
from backend.work.perform import Workshop, leases
from tests.work.post import DELIVER, LetterPosted, Parcel
from tests.work.process import POISON
from tests.work.tools import Look, Tell, until

BOXES = [UUID(int=number) for number in range(1, 4)]


class Service:
    """A worker process that comes back when it is killed."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def next_pid(self) -> int:
        assert self._process.stdout is not None
        return int(await self._process.stdout.readline())


@asynccontextmanager
async def service(database: DatabaseUrls, *, pace: int) -> AsyncGenerator[Service]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.work.process", database.job, str(pace)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    yield Service(process)
    assert process.stdin is not None
    process.stdin.close()
    async with asyncio.timeout(20):
        assert await process.wait() == 0


def deliver(number: int) -> object:
    async def ask(tx: Transaction) -> None:
        await tx.enqueue(DELIVER, Parcel(number=number))

    return ask


async def test_kill_9_loses_nothing_doubles_nothing_and_keeps_the_order(
    database: DatabaseUrls, tell: Tell, rows: Look, kept: Look
) -> None:
    parcels = range(1000, 1150)
    await tell(*(deliver(number) for number in parcels))
    for number in range(20):
        await tell(*(LetterPosted(box_id=box, number=number) for box in BOXES))

    async def all_done() -> bool:
        return {row["state"] for row in await rows()} == {"done"}

    async with service(database, pace=100) as workers:
        for done in (40, 120, 200):
            victim = await workers.next_pid()
            while len(await kept()) < done:  # noqa: ASYNC110 - it happens elsewhere
                await asyncio.sleep(0.01)
            os.kill(victim, signal.SIGKILL)
        await until(all_done)

    effects = await kept()
    assert Counter(one.number for one in effects if one.reader == "deliver") == Counter(parcels)
    for reader in ("read", "count"):
        for box in BOXES:
            seen = [one.number for one in effects if (one.reader, one.box_id) == (reader, box)]
            assert seen == list(range(20))
    assert sum(row["crashes"] for row in await rows()) > 0
    assert {row["attempts"] for row in await rows()} == {0}


async def test_a_job_that_kills_its_process_is_buried_and_its_neighbours_finish(
    database: DatabaseUrls, tell: Tell, rows: Look, kept: Look
) -> None:
    await tell(*(deliver(number) for number in range(POISON - 10, POISON + 10)))

    async def all_settled() -> bool:
        return {row["state"] for row in await rows()} == {"done", "buried"}

    async with service(database, pace=3000):
        await until(all_settled)

    (poison,) = [row for row in await rows() if row["state"] == "buried"]
    assert poison["payload"] == {"number": POISON}
    assert (poison["attempts"], poison["crashes"]) == (0, 12)
    assert poison["error"] == "its process died"
    neighbours = sorted(set(range(POISON - 10, POISON + 10)) - {POISON})
    assert sorted(one.number for one in await kept() if one.reader == "deliver") == neighbours


async def lived_through(shop: Workshop, clock: Clock, deaths: int) -> int:
    """Let a worker die so many times right after its claim; return how many times it came to it."""
    for times in range(deaths):
        async with shop.statements() as tx:
            if not await claim.claim(tx, leases(shop.duties), 1):
                return times
        clock.advance(minutes=1)  # its lease is over
        async with shop.statements() as tx:
            await claim.reclaim(tx)
        clock.advance(hours=1)  # and so is the longest pause after a death
    return deaths


async def test_deaths_that_nobody_counts_never_end(
    shop: Workshop, clock: Clock, tell: Tell, rows: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: counted after the run, a death is never counted, for nothing comes after it."""
    monkeypatch.setattr(clock, "now", clock.now)  # the others of this file begin where we did
    await tell(deliver(POISON))
    counted = await lived_through(shop, clock, 3 * claim.CRASHES_MAX)
    await tell(deliver(POISON))
    monkeypatch.setattr(Statement, "register", [])  # declared for this test alone
    uncounted: Any = claim.RECLAIM.sql.replace("crashes = crashes + 1,", "")
    monkeypatch.setattr(claim, "RECLAIM", Statement(uncounted))

    endless = await lived_through(shop, clock, 3 * claim.CRASHES_MAX)

    assert counted == claim.CRASHES_MAX
    assert endless == 3 * claim.CRASHES_MAX
    assert [row["state"] for row in await rows()] == ["buried", "waiting"]
