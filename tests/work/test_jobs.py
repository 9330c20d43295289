"""A job is done once for each time it is asked for; what goes wrong with it stays its own."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from backend.kernel import (
    DomainError,
    GiveUp,
    Job,
    Later,
    Principal,
    Query,
    Statement,
    Transaction,
)
from backend.kernel.database import Connection
from backend.kernel.locale import language
from backend.testing import Clock
from backend.work import drain
from backend.work.claim import claim
from backend.work.perform import Workshop, leases, perform
from tests.work.post import DELIVER, Parcel
from tests.work.tools import Habits, Look, Tell, outcomes


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    kind: str


WHO = Query(Kind, "select current_setting('tinhs.kind') as kind")
SUICIDE = Statement("select pg_terminate_backend(pg_backend_pid())")
TWICE = Statement("insert into kernel.timetable (name, ticked_at) values ('one', $1), ('one', $1)")


class Refused(DomainError):
    """The office is closed."""

    slug = "post/closed"


def enqueue(number: int, **how: Any) -> Callable[[Transaction], Awaitable[None]]:
    async def ask(tx: Transaction) -> None:
        await tx.enqueue(DELIVER, Parcel(number=number), **how)

    return ask


async def test_a_job_asked_for_twice_with_one_key_is_done_once(
    shop: Workshop, tell: Tell, kept: Look
) -> None:
    await tell(enqueue(1, key="one"), enqueue(2, key="one"))
    await tell(enqueue(3, key="one"), enqueue(4), enqueue(4))

    await drain(shop)

    assert [one.number for one in await kept()] == [1, 4, 4]


async def test_a_job_for_tomorrow_is_done_tomorrow(
    shop: Workshop, clock: Clock, tell: Tell, kept: Look
) -> None:
    await tell(enqueue(1, at=clock() + timedelta(days=1)))

    assert await drain(shop) == []
    clock.advance(hours=24)

    assert outcomes(await drain(shop)) == ["done"]
    assert len(await kept()) == 1


async def test_poison_is_buried_after_five_failures_and_others_are_done(
    shop: Workshop, clock: Clock, tell: Tell, kept: Look, rows: Look, habits: Habits
) -> None:
    async def choke(_: Transaction, parcel: Parcel) -> None:
        if parcel.number == 13:
            raise ValueError

    habits["deliver"] = choke
    await tell(enqueue(13), enqueue(1))

    for _ in range(12):
        await drain(shop)
        clock.advance(hours=1)

    poison, other = await rows()
    assert (poison["state"], poison["attempts"], poison["crashes"]) == ("buried", 5, 0)
    assert other["state"] == "done"
    assert [one.number for one in await kept()] == [1]


async def test_the_pause_after_a_failure_doubles_and_is_an_hour_at_most(
    shop: Workshop, clock: Clock, tell: Tell, connection: Connection, habits: Habits, rows: Look
) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError

    habits["deliver"] = fail
    await tell(enqueue(1))
    pauses: list[timedelta] = []
    for attempts in (0, 1, 2, 3, 20):
        await connection.execute(
            "update kernel.work set state = 'waiting', attempts = $1, due_at = $2",
            attempts,
            clock(),
        )
        await drain(shop)
        pauses.append((await rows())[0]["due_at"] - clock())

    for pause, longest in zip(pauses, (2, 4, 8, 16, 3600), strict=True):
        assert timedelta(seconds=longest) / 2 <= pause <= timedelta(seconds=longest)


async def test_work_that_gives_up_is_buried_at_once(
    shop: Workshop, tell: Tell, rows: Look, habits: Habits
) -> None:
    async def despair(*_: object) -> None:
        raise GiveUp

    habits["deliver"] = despair
    await tell(enqueue(1))

    assert outcomes(await drain(shop)) == ["buried"]
    assert [(row["state"], row["attempts"]) for row in await rows()] == [("buried", 1)]


async def test_work_that_says_later_comes_back_then_and_has_not_failed(
    shop: Workshop, clock: Clock, tell: Tell, rows: Look, habits: Habits
) -> None:
    async def put_off(*_: object) -> None:
        raise Later(timedelta(minutes=10))

    habits["deliver"] = put_off
    await tell(enqueue(1))
    for _ in range(20):
        assert outcomes(await drain(shop)) == ["later"]
        assert await drain(shop) == []
        clock.advance(minutes=10)
    habits.clear()

    assert outcomes(await drain(shop)) == ["done"]
    assert [row["attempts"] for row in await rows()] == [0]


async def test_a_job_that_takes_too_long_is_cancelled_and_has_failed(
    shop: Workshop, tell: Tell, kept: Look, habits: Habits
) -> None:
    cancelled = asyncio.Event()

    async def dawdle(*_: object) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            cancelled.set()

    habits["deliver"] = dawdle
    await tell(enqueue(1))

    assert outcomes(await drain(shop)) == ["failed"]
    assert cancelled.is_set()
    assert await kept() == []


async def test_a_connection_that_is_lost_is_a_crash_and_not_a_failure(
    shop: Workshop, clock: Clock, tell: Tell, kept: Look, rows: Look, habits: Habits
) -> None:
    async def break_down(tx: Transaction, _: Parcel) -> None:
        await tx.run(SUICIDE)

    habits["deliver"] = break_down
    await tell(enqueue(1))
    assert outcomes(await drain(shop)) == ["lost"]
    habits.clear()
    assert await drain(shop) == []
    clock.advance(seconds=6)

    assert outcomes(await drain(shop)) == ["done"]
    assert [(row["attempts"], row["crashes"]) for row in await rows()] == [(0, 1)]
    assert len(await kept()) == 1


async def test_work_whose_failure_cannot_be_noted_is_left_to_its_lease(
    shop: Workshop, tell: Tell, rows: Look, habits: Habits
) -> None:
    async def fail_as_the_lights_go_out(*_: object) -> None:
        await shop.pool.close()
        raise RuntimeError

    habits["deliver"] = fail_as_the_lights_go_out
    await tell(enqueue(1))
    async with shop.statements() as tx:
        (piece,) = await claim(tx, leases(shop.duties), 1)

    assert await asyncio.create_task(perform(shop, piece)) == "lost"
    assert [row["state"] for row in await rows()] == ["running"]


async def test_work_for_which_no_connection_can_be_had_is_left_to_its_lease(
    shop: Workshop, tell: Tell, rows: Look
) -> None:
    await tell(enqueue(1))
    async with shop.statements() as tx:
        (piece,) = await claim(tx, leases(shop.duties), 1)
    await shop.pool.close()

    assert await asyncio.create_task(perform(shop, piece)) == "lost"
    assert [row["state"] for row in await rows()] == ["running"]


async def test_what_is_kept_and_logged_of_a_failure_holds_no_value(
    shop: Workshop, tell: Tell, rows: Look, habits: Habits
) -> None:
    async def gossip(*_: object) -> None:
        raise ValueError("Nguyễn Văn A, 0912345678")

    habits["deliver"] = gossip
    await tell(enqueue(1))

    with capture_logs(processors=[merge_contextvars]) as lines:
        await drain(shop)

    (row,) = await rows()
    assert row["error"].startswith("ValueError > ")
    assert row["error"].endswith(" gossip")
    assert lines == [
        {
            "event": "work failed",
            "log_level": "warning",
            "job": "post.deliver",
            "trace_id": "trace of a request",
            "attempts": 1,
            "error": row["error"],
        }
    ]


@pytest.mark.parametrize(
    ("failure", "words"),
    [(Refused(), "Refused post/closed"), (TWICE, "UniqueViolationError 23505")],
    ids=["a refusal", "the database"],
)
async def test_a_failure_is_described_by_its_class_and_code(
    shop: Workshop,
    tell: Tell,
    rows: Look,
    habits: Habits,
    failure: Exception | Statement,
    words: str,
) -> None:
    async def fail(tx: Transaction, _: Parcel) -> None:
        if isinstance(failure, Statement):
            await tx.run(failure, tx.now)
        else:
            raise failure

    habits["deliver"] = fail
    await tell(enqueue(1))

    await drain(shop)

    assert (await rows())[0]["error"].startswith(words)


async def test_a_payload_that_no_longer_fits_is_a_failure(
    shop: Workshop, connection: Connection, tell: Tell
) -> None:
    await tell(enqueue(1))
    await connection.execute("update kernel.work set payload = '{}'")

    assert outcomes(await drain(shop)) == ["failed"]


async def test_a_job_works_in_the_name_of_the_house_and_in_its_language(
    shop: Workshop, tell: Tell, habits: Habits
) -> None:
    found: list[object] = []

    async def look_around(tx: Transaction, _: Parcel) -> None:
        found.extend([(await tx.one(WHO)).kind, tx.principal, language.get()])

    habits["deliver"] = look_around
    await tell(enqueue(1))
    spoken = language.set("en")

    await drain(shop)

    language.reset(spoken)
    principal = Principal(kind="job", request_id="trace of a request")
    assert found == ["job", principal, "vi"]


async def test_a_command_works_in_the_name_of_the_house_too(shop: Workshop) -> None:
    async with shop.transaction() as tx:
        assert (await tx.one(WHO)).kind == tx.principal.kind == "job"


@pytest.mark.parametrize(
    ("how", "complaint"),
    [
        ({}, "one of them"),
        ({"payload": Parcel, "every": timedelta(hours=1)}, "one of them"),
        ({"every": timedelta(hours=1), "cron": "0 2 * * *"}, "one of them"),
        ({"every": timedelta(0)}, "every second"),
        ({"cron": "0 2 * *"}, "five fields"),
        ({"cron": "0 25 * * *"}, "Bad hour"),
    ],
)
def test_a_job_that_nothing_could_start_is_refused_where_it_is_declared(
    how: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        Job(name="post.impossible", run=DELIVER.run, **how)
