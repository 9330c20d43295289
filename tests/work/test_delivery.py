"""An event reaches every subscriber, in order for each subject, and takes effect once."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from random import Random
from uuid import UUID, uuid4

import pytest

from backend.kernel import GiveUp, House, Module, Transaction, on
from backend.kernel.database import Connection
from backend.local.roles import DatabaseUrls
from backend.testing import Clock
from backend.work import Worker, drain, open_workshop
from backend.work.perform import Workshop
from backend.work.repair import replay
from tests.work.post import CardPosted, Kept, LetterPosted, collect
from tests.work.tools import Habits, Hurried, Look, Tell, outcomes, until

BOXES = [UUID(int=number) for number in range(1, 8)]


def read_from(kept: Sequence[Kept], box: UUID, *, reader: str = "read") -> list[int]:
    return [one.number for one in kept if one.box_id == box and one.reader == reader]


async def test_many_workers_keep_the_order_of_each_subject_and_do_everything_once(
    database: DatabaseUrls,
    modules: Sequence[Module],
    clock: Clock,
    tell: Tell,
    kept: Look,
    rows: Look,
    habits: Habits,
) -> None:
    luck = Random(7)  # noqa: S311 - the same bad luck at every run
    misfortunes = Counter[tuple[UUID, int]]()

    async def stumble(_: Transaction, event: LetterPosted) -> None:
        await asyncio.sleep(luck.random() * 0.004)
        letter = (event.box_id, event.number)
        if misfortunes[letter] < 4 and luck.random() < 0.3:
            misfortunes[letter] += 1
            raise RuntimeError("bad luck")

    habits["read"] = stumble
    for number in range(40):
        await tell(*(LetterPosted(box_id=box, number=number) for box in BOXES))
    shops = [
        open_workshop(database.job, House(), modules, concurrency=2, clock=Hurried(clock()))
        for _ in range(3)
    ]
    workers = [Worker(shop) for shop in shops]
    at_work = [asyncio.create_task(worker.run()) for worker in workers]

    async def all_done() -> bool:
        return all(row["state"] == "done" for row in await rows())

    await until(all_done)
    for worker in workers:
        worker.stop()
    await asyncio.gather(*at_work)
    for shop in shops:
        await shop.pool.close()

    assert misfortunes
    for box in BOXES:
        assert read_from(await kept(), box) == list(range(40))
        assert read_from(await kept(), box, reader="count") == list(range(40))


async def test_buried_work_holds_back_its_subject_for_its_subscriber_alone(
    shop: Workshop, tell: Tell, kept: Look, habits: Habits
) -> None:
    async def refuse(_: Transaction, event: LetterPosted) -> None:
        if event.box_id == BOXES[0] and event.number == 0:
            raise GiveUp

    habits["read"] = refuse
    await tell(
        *(LetterPosted(box_id=box, number=number) for box in BOXES[:2] for number in range(2))
    )

    await drain(shop)

    assert read_from(await kept(), BOXES[0]) == []
    assert read_from(await kept(), BOXES[1]) == [0, 1]
    assert read_from(await kept(), BOXES[0], reader="count") == [0, 1]


async def test_what_stands_behind_buried_work_does_not_slow_the_others(
    shop: Workshop, tell: Tell, kept: Look, rows: Look, habits: Habits
) -> None:
    async def refuse(_: Transaction, event: LetterPosted) -> None:
        if event.box_id == BOXES[0]:
            raise GiveUp

    habits["read"] = refuse
    await tell(*(LetterPosted(box_id=BOXES[0], number=number) for number in range(300)))
    await tell(LetterPosted(box_id=BOXES[1], number=0))

    await drain(shop)

    assert read_from(await kept(), BOXES[1]) == [0]
    states = Counter(row["state"] for row in await rows() if row["name"] == "post.read")
    assert states == {"buried": 1, "held": 299, "done": 1}


async def test_an_event_that_is_rolled_back_was_never_told(
    shop: Workshop, tell: Tell, kept: Look
) -> None:
    async def publish_and_fail(tx: Transaction) -> None:
        await tx.publish(LetterPosted(box_id=uuid4(), number=1))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await tell(publish_and_fail)

    assert await drain(shop) == []
    assert await kept() == []


async def test_a_reaction_that_fails_leaves_nothing_and_is_tried_again(
    shop: Workshop, clock: Clock, tell: Tell, kept: Look, habits: Habits
) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError

    habits["read"] = fail
    await tell(LetterPosted(box_id=BOXES[0], number=1))
    first = await drain(shop)
    assert read_from(await kept(), BOXES[0]) == []

    habits.clear()
    clock.advance(seconds=3)
    second = await drain(shop)

    assert outcomes(first) == ["failed", "done"]
    assert outcomes(second) == ["done"]
    assert read_from(await kept(), BOXES[0]) == [1]


async def test_two_reactions_to_one_event_fail_apart(
    shop: Workshop, tell: Tell, kept: Look, habits: Habits
) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError

    habits["count"] = fail
    await tell(LetterPosted(box_id=BOXES[0], number=1))

    did = await drain(shop)

    assert outcomes(did) == ["done", "failed"]
    assert read_from(await kept(), BOXES[0]) == [1]
    assert read_from(await kept(), BOXES[0], reader="count") == []


async def test_what_a_reaction_tells_belongs_to_the_same_trace(
    shop: Workshop, tell: Tell, rows: Look, habits: Habits
) -> None:
    async def answer(tx: Transaction, event: LetterPosted) -> None:
        if event.number == 0:
            await tx.publish(LetterPosted(box_id=BOXES[1], number=1))

    habits["read"] = answer
    await tell(LetterPosted(box_id=BOXES[0], number=0))

    await drain(shop)

    assert [row["trace"] for row in await rows()] == ["trace of a request"] * 4


async def test_a_new_subscriber_hears_what_happened_before_it_came(
    shop: Workshop, connection: Connection, clock: Clock, tell: Tell, kept: Look
) -> None:
    await connection.execute("delete from kernel.subscription where name = 'post.count'")
    await tell(LetterPosted(box_id=BOXES[0], number=0))
    clock.advance(days=1)
    await tell(*(LetterPosted(box_id=BOXES[0], number=number) for number in (1, 2)))
    await tell(LetterPosted(box_id=BOXES[1], number=3))
    await drain(shop)
    await connection.execute(
        "insert into kernel.subscription (name, type) values ('post.count', $1)",
        LetterPosted.__struct_config__.tag,
    )
    clock.advance(minutes=1)

    told = await replay(shop, "post.count", since=clock() - timedelta(hours=1))
    await drain(shop)

    assert told == 3
    assert read_from(await kept(), BOXES[0], reader="count") == [1, 2]
    assert read_from(await kept(), BOXES[1], reader="count") == [3]
    assert read_from(await kept(), BOXES[0]) == [0, 1, 2]


async def test_many_are_told_in_their_order_and_wake_nobody_who_waits_for_others(
    shop: Workshop, tell: Tell, kept: Look, rows: Look
) -> None:
    colours = ("red", "green", "blue", "red")
    cards = [
        CardPosted(box_id=BOXES[0], number=number, colour=colour)
        for number, colour in enumerate(colours)
    ]

    async def post_all(tx: Transaction) -> None:
        await tx.publish(*cards)

    await tell(post_all)
    woken = len(await rows())
    await drain(shop)

    assert woken == 3
    assert read_from(await kept(), BOXES[0], reader="collect") == [0, 2, 3]


async def test_a_replay_brings_also_what_nobody_was_woken_for(
    shop: Workshop, tell: Tell, kept: Look, clock: Clock
) -> None:
    await tell(CardPosted(box_id=BOXES[0], number=7, colour="green"))
    await drain(shop)
    clock.advance(minutes=1)

    await replay(shop, "post.collect", since=clock() - timedelta(hours=1))
    await drain(shop)

    assert read_from(await kept(), BOXES[0], reader="collect") == [7]


def test_nobody_waits_for_what_an_event_never_says() -> None:
    with pytest.raises(ValueError, match="has no 'size'"):
        on(CardPosted, collect, name="post.weigh", field="size", among=("large",))
