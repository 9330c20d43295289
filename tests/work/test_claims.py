"""Only the head of a lane is ever claimed, whatever happens to the others, at a small price."""

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.kernel.database import Connection
from backend.testing import Clock
from backend.work.claim import (
    CLAIM,
    POSTPONE,
    SET_ASIDE,
    Claimed,
    claim,
    finish,
    reclaim,
    set_aside,
)
from backend.work.perform import Workshop
from backend.work.repair import discard, retry
from tests.work.tools import Look, Tell

NAME = "post.read"
LEASES = {NAME: timedelta(seconds=5)}

Step = tuple[str, int]
WHAT = ["add", "add", "claim", "finish", "fail", "bury", "aside", "crash", "mend"]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["add", "add", "claim", "finish", "fail", "bury", "aside", "crash", "mend"]
        ),
        st.integers(0, 5),
    ),
    min_size=5,
    max_size=40,
)


class Queue:
    """One name's work, and somebody who does anything to it in any order."""

    def __init__(self, shop: Workshop, connection: Connection, clock: Clock) -> None:
        self._shop, self._connection, self._clock = shop, connection, clock
        self._running: list[Claimed] = []

    async def rows(self) -> Sequence[Any]:
        return await self._connection.fetch("select * from kernel.work order by id")

    async def take(self, step: Step) -> None:
        what, number = step
        if what in {"finish", "fail", "bury"} and not self._running:
            return
        await getattr(self, f"_{what}")(number)

    async def _add(self, number: int) -> None:
        await self._connection.execute(
            """
            insert into kernel.work (name, subject, payload, trace, due_at)
            values ($1, $2, '{}', '', $3)
            """,
            NAME,
            [None, "one", "two"][number % 3],
            self._clock(),
        )

    async def _claim(self, number: int) -> None:
        async with self._shop.statements() as tx:
            self._running += await claim(tx, LEASES, 1 + number)

    async def _finish(self, number: int) -> None:
        piece = self._running.pop(number % len(self._running))
        async with self._shop.transaction() as tx:
            await finish(tx, piece.id, piece.subject)

    async def _fail(self, number: int, state: str = "waiting") -> None:
        piece = self._running.pop(number % len(self._running))
        due_at = self._clock() + timedelta(seconds=number)
        async with self._shop.statements() as tx:
            await tx.run(POSTPONE, piece.id, piece.leased_until, state, 1, due_at, "no luck")

    async def _bury(self, number: int) -> None:
        await self._fail(number, "buried")

    async def _aside(self, _: int) -> None:
        async with self._shop.statements() as tx:
            await set_aside(tx, LEASES)

    async def _crash(self, number: int) -> None:
        self._clock.advance(seconds=2 * number)
        async with self._shop.statements() as tx:
            await reclaim(tx)
        leases = {row["id"]: row["leased_until"] for row in await self.rows()}
        self._running = [one for one in self._running if leases[one.id] == one.leased_until]

    async def _mend(self, number: int) -> None:
        buried = [row["id"] for row in await self.rows() if row["state"] == "buried"]
        await (retry if number % 2 else discard)(self._shop, buried[:1])

    async def claim_all(self) -> set[int]:
        claimed: set[int] = set()
        async with self._shop.statements() as tx:
            while pieces := await claim(tx, LEASES, 2):
                claimed |= {piece.id for piece in pieces}
        return claimed

    async def claimable(self) -> set[int]:
        """Say by the rule, row by row, what may be claimed now."""
        unfinished: dict[str | None, list[int]] = defaultdict(list)
        found: set[int] = set()
        for row in await self.rows():
            if row["state"] == "done":
                continue
            first = row["subject"] is None or not unfinished[row["subject"]]
            unfinished[row["subject"]].append(row["id"])
            may = row["state"] in {"waiting", "held"} and row["due_at"] <= self._clock()
            if first and may:
                found.add(row["id"])
        return found


def nobody_is_held_without_reason(rows: Sequence[Any]) -> bool:
    heads: set[str] = set()
    for row in rows:
        if row["state"] == "held" and row["subject"] not in heads:
            return False
        if row["state"] in {"waiting", "running", "buried"}:
            heads.add(row["subject"])
    return True


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
async def test_exactly_the_heads_that_are_due_are_claimed(
    shop: Workshop, connection: Connection, clock: Clock, steps: list[Step]
) -> None:
    await connection.execute("delete from kernel.work")
    queue = Queue(shop, connection, clock)

    for step in steps:
        await queue.take(step)
        assert nobody_is_held_without_reason(await queue.rows())

    claimable = await queue.claimable()
    assert await queue.claim_all() == claimable


async def fill(connection: Connection, clock: Clock) -> None:
    """Put in what a fortnight leaves; then, unseen by the planner, a long queue and a crowd."""
    await connection.execute(
        """
        insert into kernel.work (name, subject, payload, trace, state, due_at, finished_at)
        select 'post.read', n::text, '{}', '', 'done', $1, $1 from generate_series(1, 30000) as n
        """,
        clock(),
    )
    await connection.execute("analyze kernel.work")
    await connection.execute(
        """
        insert into kernel.work (name, subject, payload, trace, state, due_at)
        select 'post.read', 'crowd', '{}', '', case n when 1 then 'buried' else 'held' end, $1
          from generate_series(1, 5000) as n
        """,
        clock(),
    )
    await connection.execute(
        """
        insert into kernel.work (name, subject, payload, trace, due_at)
        select 'post.read', (n % 3000)::text, '{}', '', $1 from generate_series(1, 5000) as n
        """,
        clock(),
    )


def rows_read(plan: Any) -> float:
    own = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)
    own += plan.get("Rows Removed by Join Filter", 0)
    return own * plan["Actual Loops"] + sum(rows_read(part) for part in plan.get("Plans", []))


async def test_a_claim_reads_few_rows_whatever_is_done_and_whatever_waits(
    shop: Workshop, connection: Connection, clock: Clock
) -> None:
    await fill(connection, clock)
    names = [NAME, *(f"post.idle-{number}" for number in range(20))]

    for statement in (CLAIM, SET_ASIDE):
        plan = await connection.fetchval(
            f"explain (analyze, format json) {statement.sql}",
            names,
            [timedelta(seconds=5)] * len(names),
            clock(),
            10,
        )

        assert rows_read(json.loads(plan)[0]["Plan"]) < 1000


async def test_claims_that_meet_never_take_the_same(
    shop: Workshop, connection: Connection, clock: Clock
) -> None:
    queue = Queue(shop, connection, clock)
    for number in range(300):
        await queue.take(("add", number % 2))

    async def claim_and_finish() -> list[int]:
        mine: list[int] = []
        async with shop.statements() as tx:
            while pieces := await claim(tx, LEASES, 2):
                mine += [piece.id for piece in pieces]
                for piece in pieces:
                    await finish(tx, piece.id, piece.subject)
        return mine

    claimed = await asyncio.gather(*(claim_and_finish() for _ in range(5)))

    together = Counter(work_id for ids in claimed for work_id in ids)
    assert set(together.values()) == {1}
    assert together.keys() | await queue.claim_all() == {row["id"] for row in await queue.rows()}


async def test_a_head_that_finishes_while_others_are_set_aside_leaves_nobody_behind(
    shop: Workshop, connection: Connection, clock: Clock, tell: Tell, rows: Look
) -> None:
    """Without the lock that a finish waits for, who is set aside meanwhile stays so for ever."""
    queue = Queue(shop, connection, clock)
    for _ in range(2):
        await queue.take(("add", 1))
    await queue.take(("claim", 0))
    (head, follower) = await rows()
    setting_aside = connection.transaction()
    await setting_aside.start()
    await connection.execute(SET_ASIDE.sql, [NAME], [timedelta(seconds=5)], clock(), 10)

    finishing = asyncio.create_task(queue.take(("finish", 0)))
    await asyncio.sleep(0.05)
    assert not finishing.done()
    await setting_aside.commit()
    await finishing

    assert [row["state"] for row in await rows()] == ["done", "waiting"]
    assert await queue.claim_all() == {follower["id"]}
    assert head["state"] == "running"


async def test_nobody_is_set_aside_behind_a_head_that_is_finishing(
    shop: Workshop, connection: Connection, clock: Clock, rows: Look
) -> None:
    queue = Queue(shop, connection, clock)
    for _ in range(2):
        await queue.take(("add", 1))
    await queue.take(("claim", 0))
    head, follower = await rows()

    async with shop.transaction() as tx:
        await finish(tx, head["id"], head["subject"])
        await queue.take(("aside", 0))

    assert [row["state"] for row in await rows()] == ["done", "waiting"]
    assert await queue.claim_all() == {follower["id"]}
