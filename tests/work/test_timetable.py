"""A timetable ticks on Vietnam's clock, once for each moment, over all processes."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kernel import VIETNAM, GiveUp, House, Job, Module
from backend.kernel.database import Connection
from backend.local.roles import DatabaseUrls
from backend.testing import Clock
from backend.work import drain, open_workshop
from backend.work.perform import Workshop
from backend.work.plan import Planner, latest
from tests.work.post import LOCK_UP, SWEEP
from tests.work.tools import Habits, Look

SECONDS = st.floats(0, 14 * 365 * 24 * 3600)
MOMENTS = SECONDS.map(lambda seconds: vietnam("2026-01-01") + timedelta(seconds=seconds))


def vietnam(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=VIETNAM)


def counted(rows: Sequence[Any]) -> Counter[str]:
    """Count the ticks of the post office; the house has some of its own."""
    return Counter(row["name"] for row in rows if row["name"].startswith("post."))


@pytest.fixture
def monday(clock: Clock) -> Clock:
    clock.now = vietnam("2026-11-23 00:30")
    return clock


@pytest.mark.parametrize(
    ("now", "last"),
    [
        ("2026-11-23 17:30", "2026-11-23 17:30"),
        ("2026-11-23 17:29:59.999", "2026-11-20 17:30"),
        ("2026-11-23 17:30:00.001", "2026-11-23 17:30"),
        ("2026-11-22 09:00", "2026-11-20 17:30"),
    ],
)
def test_cron_is_read_on_vietnams_clock(now: str, last: str) -> None:
    assert latest(LOCK_UP, vietnam(now)) == vietnam(last)


@given(MOMENTS)
def test_a_daily_tick_is_a_midnight_of_vietnam(now: datetime) -> None:
    daily = Job(name="post.daily", run=SWEEP.run, every=timedelta(days=1))

    assert latest(daily, now) == now.replace(hour=0, minute=0, second=0, microsecond=0)


@given(MOMENTS, st.sampled_from([LOCK_UP, SWEEP]))
def test_the_last_tick_is_in_the_past_and_is_its_own_last_tick(now: datetime, job: Job) -> None:
    last = latest(job, now)

    assert last is not None
    assert last <= now
    assert latest(job, last) == last


async def test_a_day_has_twenty_four_hours_and_one_evening(
    shop: Workshop, monday: Clock, rows: Look
) -> None:
    planner = Planner(shop)
    await planner.tick()
    for _ in range(24 * 4):
        monday.advance(minutes=15)
        await planner.tick()
        await drain(shop)

    assert counted(await rows()) == {"post.sweep": 24, "post.lock-up": 1}
    assert {row["state"] for row in await rows()} == {"done"}


async def test_ticks_that_were_missed_become_one(
    shop: Workshop, monday: Clock, rows: Look, kept: Look
) -> None:
    await Planner(shop).tick()
    monday.advance(days=3)

    await Planner(shop).tick()
    await drain(shop)

    assert counted(await rows()) == {"post.sweep": 1, "post.lock-up": 1}
    due = {row["name"]: row["due_at"] for row in await rows()}
    assert due["post.sweep"] == vietnam("2026-11-26 00:00")
    assert due["post.lock-up"] == vietnam("2026-11-25 17:30")


async def test_a_job_that_is_new_does_not_catch_up_with_the_past(
    shop: Workshop, monday: Clock, rows: Look
) -> None:
    assert await Planner(shop).tick() == 0
    assert await rows() == []


async def test_processes_that_tick_at_once_tick_each_entry_once(
    database: DatabaseUrls, modules: Sequence[Module], monday: Clock, rows: Look
) -> None:
    shops = [
        open_workshop(database.job, House(), modules, concurrency=1, clock=monday) for _ in range(4)
    ]
    planners = [Planner(shop) for shop in shops]
    for _ in range(12):
        await asyncio.gather(*(planner.tick() for planner in planners))
        await drain(shops[0])
        monday.advance(hours=1)
    for shop in shops:
        await shop.pool.close()

    assert counted(await rows()) == {"post.sweep": 11}


async def test_without_the_lock_two_planners_still_do_no_harm(
    shop: Workshop, connection: Connection, monday: Clock, rows: Look
) -> None:
    await Planner(shop).tick()
    monday.advance(hours=1)
    await Planner(shop).tick()
    await drain(shop)
    await connection.execute("update kernel.timetable set ticked_at = '2026-11-22'")

    await Planner(shop).tick()

    assert counted(await rows()) == {"post.sweep": 1}


async def test_a_planner_leaves_it_to_the_one_who_has_the_lock(
    shop: Workshop, connection: Connection, monday: Clock, rows: Look
) -> None:
    await Planner(shop).tick()
    monday.advance(hours=1)
    async with connection.transaction():
        await connection.execute("select pg_advisory_xact_lock(74260003)")
        assert await Planner(shop).tick() == 0
    assert await rows() == []

    await Planner(shop).tick()

    assert counted(await rows()) == {"post.sweep": 1}


async def test_a_tick_waits_for_the_one_before_it(
    shop: Workshop, monday: Clock, rows: Look, habits: Habits
) -> None:
    planner = Planner(shop)
    await planner.tick()
    monday.advance(hours=1)
    await planner.tick()
    monday.advance(hours=1)
    await planner.tick()
    assert counted(await rows()) == {"post.sweep": 1}

    await drain(shop)
    await planner.tick()

    assert counted(await rows()) == {"post.sweep": 2}


async def test_a_tick_that_was_buried_does_not_stop_the_clock(
    shop: Workshop, monday: Clock, rows: Look, habits: Habits
) -> None:
    async def despair(*_: object) -> None:
        raise GiveUp

    habits["sweep"] = despair
    planner = Planner(shop)
    await planner.tick()
    for _ in range(3):
        monday.advance(hours=1)
        await planner.tick()
        await drain(shop)

    assert [row["state"] for row in await rows() if row["name"] == "post.sweep"] == ["buried"] * 3
