"""People look at what was given up, try it again or let it go, from the command line."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from click.testing import CliRunner, Result

from backend.kernel import GiveUp, Transaction, new_id
from backend.kernel.database import Connection
from backend.kernel.pool import Pool
from backend.local.roles import DatabaseUrls
from backend.testing import Clock
from backend.work import drain, work
from backend.work.perform import Workshop
from backend.work.repair import buried, discard, retry
from tests.work.post import DELIVER, LetterPosted, Parcel
from tests.work.tools import Habits, Look, Tell, outcomes

BOX = UUID(int=1)


async def deliver_two(tx: Transaction) -> None:
    await tx.enqueue(DELIVER, Parcel(number=1))
    await tx.enqueue(DELIVER, Parcel(number=2))


async def despair(*_: object) -> None:
    raise GiveUp


@pytest.fixture
def tinhs_work(shop: Workshop, database: DatabaseUrls) -> Callable[..., Any]:
    """Type `tinhs work …`, as another process would."""

    async def typed(*words: str) -> Result:
        # The command runs a loop of its own, in which our connections would be strangers.
        own = msgspec.structs.replace(shop, pool=Pool(database.job, size=2))

        @asynccontextmanager
        async def opened() -> AsyncGenerator[Workshop]:
            yield own
            await own.pool.close()

        return await asyncio.to_thread(CliRunner().invoke, work, words, obj=opened)

    return typed


async def test_buried_work_that_is_retried_begins_anew(
    shop: Workshop, tell: Tell, kept: Look, rows: Look, habits: Habits
) -> None:
    habits["deliver"] = despair
    await tell(deliver_two)
    await drain(shop)
    habits.clear()
    first, _ = await buried(shop)

    assert await retry(shop, [first.id]) == 1
    assert outcomes(await drain(shop)) == ["done"]
    assert [one.number for one in await kept()] == [1]
    assert await retry(shop, [first.id]) == 0


async def test_letting_go_of_buried_work_lets_what_stands_behind_it_pass(
    shop: Workshop, tell: Tell, kept: Look, rows: Look, habits: Habits
) -> None:
    habits["read"] = despair
    await tell(*(LetterPosted(box_id=BOX, number=number) for number in range(3)))
    await drain(shop)
    habits.clear()
    (stone,) = await buried(shop, name="post.read")

    assert await discard(shop, [stone.id, 999_999]) == 1
    await drain(shop)

    assert [one.number for one in await kept() if one.reader == "read"] == [1, 2]
    (row,) = [row for row in await rows() if row["id"] == stone.id]
    assert row["state"] == "done"
    assert row["error"].startswith("discarded: GiveUp")


async def test_the_list_counts_what_waits_and_names_what_was_given_up(
    shop: Workshop, clock: Clock, tell: Tell, habits: Habits, tinhs_work: Callable[..., Any]
) -> None:
    habits["deliver"] = despair
    await tell(deliver_two, LetterPosted(box_id=BOX, number=1))
    await drain(shop)
    await tell(LetterPosted(box_id=BOX, number=2))
    clock.advance(seconds=90)

    everything = await tinhs_work("list")
    some = await tinhs_work("list", "--name", "post.deliver", "--after", "1")

    assert "post.read: 1 waiting, 0 held, 0 running, 0 buried; 90 s late" in everything.output
    assert "post.deliver: 0 waiting, 0 held, 0 running, 2 buried; 0 s late" in everything.output
    assert everything.output.count("1 failures  0 crashes  GiveUp") == 2
    assert some.output.splitlines()[0].startswith("post.deliver:")
    assert some.output.count("GiveUp") == 1


async def test_everything_of_one_name_is_retried_or_discarded_by_name(
    shop: Workshop, tell: Tell, habits: Habits, rows: Look, tinhs_work: Callable[..., Any]
) -> None:
    habits["deliver"] = despair
    await tell(deliver_two)
    await drain(shop)

    assert (await tinhs_work("retry", "--name", "post.deliver")).output == "2 to be tried again\n"
    await drain(shop)
    assert (await tinhs_work("discard", "--name", "post.deliver")).output == "2 discarded\n"
    assert {row["state"] for row in await rows()} == {"done"}


async def test_one_piece_is_retried_by_its_id(
    shop: Workshop, tell: Tell, habits: Habits, tinhs_work: Callable[..., Any]
) -> None:
    habits["deliver"] = despair
    await tell(deliver_two)
    await drain(shop)
    stone, _ = await buried(shop)

    assert (await tinhs_work("retry", str(stone.id))).output == "1 to be tried again\n"


async def test_events_are_told_again_to_one_subscriber(
    shop: Workshop, clock: Clock, tell: Tell, kept: Look, tinhs_work: Callable[..., Any]
) -> None:
    await tell(LetterPosted(box_id=BOX, number=1))
    await drain(shop)
    since = (clock() - timedelta(minutes=1)).strftime("%Y-%m-%d %H:%M:%S")
    clock.advance(seconds=1)

    told = await tinhs_work("replay", "--subscriber", "post.read", "--since", since)
    await drain(shop)

    assert told.output == "1 events to be delivered\n"
    assert [one.reader for one in await kept()] == ["read", "count", "read"]


@pytest.mark.parametrize("name", ["post.nobody", "post.deliver"])
async def test_only_a_subscriber_can_be_told_again(
    name: str, tinhs_work: Callable[..., Any]
) -> None:
    refused = await tinhs_work("replay", "--subscriber", name, "--since", "2026-11-01")

    assert refused.exit_code == 2
    assert f"nobody subscribes as {name}" in refused.output


async def test_a_long_history_is_told_again_in_parts(
    shop: Workshop, clock: Clock, connection: Connection, rows: Look, tinhs_work: Callable[..., Any]
) -> None:
    await connection.executemany(
        """
        insert into kernel.event (id, type, subject, payload, trace, published_at)
        values ($1, 'post.letter-posted.v1', 'one', '{}', '', $2)
        """,
        [(new_id(clock(), number), clock()) for number in range(2100)],
    )
    clock.advance(minutes=1)

    told = await tinhs_work("replay", "--subscriber", "post.count", "--since", "2020-01-01")

    assert told.output == "2100 events to be delivered\n"
    assert len({row["event_id"] for row in await rows()}) == 2100
