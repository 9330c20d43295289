"""Do what waits in the database: claim, run, settle; bury what never succeeds."""

import asyncio
import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import msgspec
from asyncpg.pool import PoolConnectionProxy

from backend.kernel import Errand, GiveUp, Job, Later, Module, Providers, Subscription, Transaction

Connection = asyncpg.Connection | PoolConnectionProxy

_CLAIM = """
update kernel.work
   set attempts = attempts + 1, leased_until = now() + make_interval(secs => $2)
 where id = (
       select id
         from kernel.work
        where state = 'waiting'
          and due_at <= now()
          and (leased_until is null or leased_until < now())
          and name = any($1)
          and (subject is null or not exists (
              select from kernel.work as earlier
               where earlier.name = work.name
                 and earlier.subject = work.subject
                 and earlier.id < work.id
                 and earlier.state <> 'done'))
        order by due_at, id
        limit 1
          for update skip locked
 )
returning id, name, payload, attempts
"""

_HOLD = """
select true from kernel.work
 where id = $1 and attempts = $2 and state = 'waiting'
   for update
"""


LEASE_SECONDS = 5


def table(modules: list[Module]) -> dict[str, Subscription | Job]:
    """Everything these modules can do in the background, by name."""
    return {item.name: item for module in modules for item in (*module.subscriptions, *module.jobs)}


async def work_one(
    pool: asyncpg.Pool, items: Mapping[str, Subscription | Job], providers: Providers
) -> bool:
    """Do the next piece of work; return False when nothing is due."""
    lease = max(
        [
            LEASE_SECONDS,
            *(
                i.run.seconds_max
                for i in items.values()
                if isinstance(i, Job) and isinstance(i.run, Errand)
            ),
        ]
    )
    async with pool.acquire() as connection:
        claimed = await connection.fetchrow(_CLAIM, list(items), float(lease))
        if claimed is None:
            return False
        item = items[claimed["name"]]
        try:
            if claimed["attempts"] > (item.attempts_max if isinstance(item, Job) else 12):
                raise GiveUp("the process died at every attempt")
            if isinstance(item, Job) and isinstance(item.run, Errand):
                await _errand(connection, item, item.run, claimed, providers)
            else:
                await _run(connection, item, claimed, providers)
        except Exception as error:
            await _postpone(connection, item, claimed, error)
    return True


async def _run(
    connection: Connection, item: Subscription | Job, claimed: Any, providers: Providers
) -> None:
    async with connection.transaction():
        # Whoever holds the row is the only one at work on it, however slow; a lease covers the gap.
        if not await connection.fetchval(_HOLD, claimed["id"], claimed["attempts"]):
            return
        tx = Transaction(connection, providers, datetime.now(UTC))
        if isinstance(item, Subscription):
            await item.react(tx, msgspec.json.decode(claimed["payload"], type=item.event))
        elif item.payload is not None:
            assert not isinstance(item.run, Errand)
            await item.run(tx, msgspec.json.decode(claimed["payload"], type=item.payload))
        else:
            assert not isinstance(item.run, Errand)
            await item.run(tx)
        await _done(connection, claimed["id"])


async def _errand(
    connection: Connection, job: Job, errand: Errand, claimed: Any, providers: Providers
) -> None:
    payload = msgspec.json.decode(claimed["payload"], type=job.payload)
    async with connection.transaction():
        request = await errand.prepare(
            Transaction(connection, providers, datetime.now(UTC)), payload
        )
    async with asyncio.timeout(errand.seconds_max):
        answer = await errand.call(request)
    async with connection.transaction():
        if not await connection.fetchval(_HOLD, claimed["id"], claimed["attempts"]):
            return
        await errand.settle(Transaction(connection, providers, datetime.now(UTC)), request, answer)
        await _done(connection, claimed["id"])


async def _done(connection: Connection, work_id: int) -> None:
    await connection.execute(
        "update kernel.work set state = 'done', leased_until = null where id = $1", work_id
    )


async def _postpone(
    connection: Connection, item: Subscription | Job, claimed: Any, error: Exception
) -> None:
    attempts_max = item.attempts_max if isinstance(item, Job) else 12
    if isinstance(error, Later):
        delay, state, attempts = error.delay, "waiting", claimed["attempts"] - 1
    else:
        attempts = claimed["attempts"]
        buried = isinstance(error, GiveUp) or attempts >= attempts_max
        state = "buried" if buried else "waiting"
        delay = timedelta(seconds=min(3600, 2**attempts) * random.uniform(0.5, 1))
    await connection.execute(
        """
        update kernel.work
           set state = $2, attempts = $3, due_at = now() + $4, leased_until = null, error = $5
         where id = $1 and attempts = $6
        """,
        claimed["id"],
        state,
        attempts,
        delay,
        repr(error)[:500],
        claimed["attempts"],
    )
