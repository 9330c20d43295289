"""The house forgets what is old, and can say what waits."""

import asyncio
import socket
from datetime import timedelta
from uuid import UUID

import httpx
from msgspec import structs
from prometheus_client import REGISTRY

from backend.kernel import GiveUp, Transaction
from backend.kernel.database import Connection
from backend.testing import Clock
from backend.work import drain
from backend.work.claim import claim
from backend.work.figures import take_down, watched
from backend.work.perform import Workshop, leases
from backend.work.plan import Planner
from backend.work.upkeep import backlog
from tests.work.post import DELIVER, LetterPosted, Parcel
from tests.work.tools import Habits, Look, Tell

BOX = UUID(int=1)


async def the_house_cleans(shop: Workshop, clock: Clock) -> None:
    planner = Planner(shop)
    await planner.tick()
    clock.advance(minutes=5)
    await planner.tick()
    await drain(shop)


async def events(connection: Connection) -> list[int]:
    rows = await connection.fetch("select payload from kernel.event order by id")
    return [row["payload"]["number"] for row in rows]


async def test_events_are_kept_for_400_days(
    shop: Workshop, connection: Connection, clock: Clock, tell: Tell
) -> None:
    await tell(LetterPosted(box_id=BOX, number=1))
    clock.advance(days=1)
    await tell(LetterPosted(box_id=BOX, number=2))

    clock.advance(days=399)
    await the_house_cleans(shop, clock)

    assert await events(connection) == [2]


async def test_finished_work_is_kept_for_14_days_and_buried_work_until_somebody_decides(
    shop: Workshop, clock: Clock, tell: Tell, rows: Look, habits: Habits
) -> None:
    async def despair(_: Transaction, parcel: Parcel) -> None:
        if parcel.number == 13:
            raise GiveUp

    async def deliver(tx: Transaction) -> None:
        await tx.enqueue(DELIVER, Parcel(number=1))
        await tx.enqueue(DELIVER, Parcel(number=13))

    habits["deliver"] = despair
    await tell(deliver)
    await drain(shop)
    clock.advance(days=1)
    await tell(deliver)
    await drain(shop)

    clock.advance(days=13)
    await the_house_cleans(shop, clock)

    left = [(r["payload"]["number"], r["state"]) for r in await rows() if r["name"] == DELIVER.name]
    assert left == [(13, "buried"), (1, "done"), (13, "buried")]


async def test_what_a_caller_has_used_is_forgotten_when_nothing_is_owed(
    shop: Workshop, connection: Connection, clock: Clock
) -> None:
    for key, minutes in ((b"paid", 1), (b"owing", 60)):
        await connection.execute(
            "insert into kernel.rate (key, owed_until) values ($1, $2)",
            key,
            clock.now + timedelta(minutes=minutes),
        )

    clock.advance(minutes=5)
    await the_house_cleans(shop, clock)

    rows = await connection.fetch("select key from kernel.rate")
    assert [row["key"] for row in rows] == [b"owing"]


async def test_answers_are_kept_for_two_days(
    shop: Workshop, connection: Connection, clock: Clock
) -> None:
    await connection.executemany(
        """
        insert into kernel.idempotency (digest, fingerprint, created_at)
        values ($1, '', $2)
        """,
        [(b"old", clock()), (b"new", clock() + timedelta(days=1))],
    )

    clock.advance(days=2)
    await the_house_cleans(shop, clock)

    assert await connection.fetchval("select array_agg(digest) from kernel.idempotency") == [b"new"]


async def test_the_backlog_counts_by_name_and_knows_how_late_it_is(
    shop: Workshop, clock: Clock, tell: Tell, habits: Habits
) -> None:
    async def despair(*_: object) -> None:
        raise GiveUp

    async def deliver_tomorrow(tx: Transaction) -> None:
        await tx.enqueue(DELIVER, Parcel(number=1), at=tx.now + timedelta(days=1))

    habits["read"] = despair
    await tell(*(LetterPosted(box_id=BOX, number=number) for number in range(4)))
    await tell(deliver_tomorrow)
    reader = structs.replace(shop, duties={"post.read": shop.duties["post.read"]})
    counter = structs.replace(shop, duties={"post.count": shop.duties["post.count"]})

    await drain(reader)
    clock.advance(seconds=30)
    async with shop.statements() as tx:
        await claim(tx, leases(counter.duties), 1)
        found = {line.name: line for line in await backlog(tx)}

    read, count, deliver = found["post.read"], found["post.count"], found["post.deliver"]
    assert (read.buried, read.held, read.waiting) == (1, 3, 0)
    assert (count.running, count.waiting) == (1, 3)
    assert (deliver.waiting, deliver.age(clock())) == (1, timedelta(0))
    assert count.age(clock()) == timedelta(seconds=30)


async def test_what_waits_is_told_to_the_operator(
    shop: Workshop, clock: Clock, tell: Tell, habits: Habits
) -> None:
    async def despair(_: Transaction, __: Parcel) -> None:
        raise GiveUp

    async def deliver(tx: Transaction) -> None:
        await tx.enqueue(DELIVER, Parcel(number=1))

    habits["deliver"] = despair
    await tell(deliver)
    await drain(shop)
    await tell(deliver)
    clock.advance(seconds=30)

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with (
        watched(structs.replace(shop, metrics_port=port)),
        httpx.AsyncClient(timeout=60) as operator,
    ):
        told = ""
        async with asyncio.timeout(10):
            while 'tinhs_work_pieces{name="post.deliver",state="waiting"} 1.0' not in told:
                told = (await operator.get(f"http://127.0.0.1:{port}/metrics")).text

    assert 'tinhs_work_pieces{name="post.deliver",state="buried"} 1.0' in told
    assert 'tinhs_work_oldest_seconds{name="post.deliver"} 30.0' in told


async def test_what_waits_no_more_is_told_as_nothing(shop: Workshop, tell: Tell) -> None:
    async def deliver(tx: Transaction) -> None:
        await tx.enqueue(DELIVER, Parcel(number=1))

    await tell(deliver)
    known = await take_down(shop, set())
    await drain(shop)

    assert await take_down(shop, known) == set()
    waiting = {"name": "post.deliver", "state": "waiting"}
    assert REGISTRY.get_sample_value("tinhs_work_pieces", waiting) == 0
