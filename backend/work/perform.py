"""Do one piece of work: run it, settle it, or say when it shall be tried again."""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from traceback import walk_tb
from typing import Any, Final, Literal, TypeAlias

import asyncpg
import msgspec
import structlog

from backend.kernel import (
    DomainError,
    Errand,
    GiveUp,
    House,
    Job,
    Later,
    Module,
    Principal,
    Subscription,
    Transaction,
)
from backend.kernel.database import Connection
from backend.kernel.locale import LANGUAGES, language
from backend.kernel.pool import Pool, PoolExhausted
from backend.kernel.work import at_work
from backend.work.claim import BEGIN, ENTER, GIVE_BACK, LEASE, POSTPONE, Claimed, finish

_log: Final = structlog.get_logger("tinhs")
_LONGEST_PAUSE: Final = timedelta(hours=1)
_NOT_OURS: Final = frozenset({"asyncio", "asyncpg"})

AWAY: Final = (PoolExhausted, OSError, asyncpg.PostgresError, asyncpg.InterfaceError)
"""What a statement of our own raises when the database is away, or has no room for us."""

Duty: TypeAlias = Subscription | Job
"""Something that a worker can do."""

Outcome: TypeAlias = Literal["done", "later", "failed", "buried", "lost"]
"""What became of one try. `lost`: nobody can say yet, the lease will tell."""


class Lost(Exception):
    """The database is away, or another process has the work: there is nothing to settle."""


class Workshop(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker needs: connections as `tinhs_job`, the house, its duties by name, the time."""

    pool: Pool
    house: House
    duties: Mapping[str, Duty]
    clock: Callable[[], datetime]
    concurrency: int
    metrics_port: int = 0

    @asynccontextmanager
    async def statements(self) -> AsyncGenerator[Transaction]:
        """Lend a connection on which every statement is a transaction of its own."""
        async with self.pool.connection() as connection:
            yield Transaction(connection, self.house, self.clock(), Principal(kind="job"))

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Transaction]:
        """Lend a transaction of the house, as a job; it commits when the block ends well."""
        async with self.pool.connection() as connection, connection.transaction():
            tx = Transaction(connection, self.house, self.clock(), Principal(kind="job"))
            # Row policies let jobs in by this name alone; without it a command finds empty tables.
            await tx.run(ENTER)
            yield tx


def duties(modules: Iterable[Module]) -> dict[str, Duty]:
    """Return everything that these modules do in the background, by name."""
    return {duty.name: duty for module in modules for duty in (*module.subscriptions, *module.jobs)}


def leases(known: Mapping[str, Duty]) -> dict[str, timedelta]:
    """Return how long a claim of each name holds: nothing is locked while an errand is out."""
    return {
        name: LEASE + timedelta(seconds=action.seconds_max)
        if isinstance(action := _action(duty), Errand)
        else LEASE
        for name, duty in known.items()
    }


def _action(duty: Duty) -> Callable[..., Awaitable[None]] | Errand:
    return duty.react if isinstance(duty, Subscription) else duty.run


async def perform(shop: Workshop, claimed: Claimed) -> Outcome:
    """Do the work once and settle what came of it. Only a cancellation comes out of here.

    Call it as a task of its own: context variables say what is at work, for `work_key`, `t` and
    every line of the log.
    """
    at_work.set(claimed.id)
    language.set(LANGUAGES[0])
    with structlog.contextvars.bound_contextvars(trace_id=claimed.trace, job=claimed.name):
        try:
            duty = shop.duties[claimed.name]
            action = _action(duty)
            if isinstance(action, Errand):
                await _go(shop, duty, action, claimed)
            else:
                await _run(shop, duty, action, claimed)
        except Lost as lost:
            _log.warning("work lost", error=str(lost))
            return "lost"
        except Exception as error:  # noqa: BLE001 - a module may fail in any way
            return await _settle(shop, claimed, error)
        return "done"


async def _run(
    shop: Workshop, duty: Duty, run: Callable[..., Awaitable[None]], claimed: Claimed
) -> None:
    async with _transaction(shop, claimed) as tx:
        async with asyncio.timeout(duty.seconds_max):
            await run(tx, *_payload(duty, claimed))
        await finish(tx, claimed.id, claimed.subject)


async def _go(shop: Workshop, duty: Duty, errand: Errand, claimed: Claimed) -> None:
    async with asyncio.timeout(errand.seconds_max):
        async with _transaction(shop, claimed) as tx:
            request = await errand.prepare(tx, *_payload(duty, claimed))
        answer = await errand.call(request)
    async with _transaction(shop, claimed) as tx:
        async with asyncio.timeout(duty.seconds_max):
            await errand.settle(tx, request, answer)
        await finish(tx, claimed.id, claimed.subject)


def _payload(duty: Duty, claimed: Claimed) -> tuple[Any, ...]:
    shape = duty.event if isinstance(duty, Subscription) else duty.payload
    return () if shape is None else (msgspec.convert(claimed.payload, shape, str_keys=True),)


@asynccontextmanager
async def _transaction(shop: Workshop, claimed: Claimed) -> AsyncGenerator[Transaction]:
    """Open a transaction that holds the row; whoever else may think it theirs waits, and goes."""
    async with _connection(shop) as connection:
        principal = Principal(kind="job", request_id=claimed.trace)
        try:
            async with connection.transaction():
                tx = Transaction(connection, shop.house, shop.clock(), principal)
                if not await tx.run(BEGIN, claimed.id, claimed.leased_until):
                    raise Lost("another process has it")
                yield tx
        except Exception as error:
            # What takes its connection down with it counts as a crash, not as a failure.
            if connection.is_closed():
                raise Lost("the connection broke") from error
            raise


@asynccontextmanager
async def _connection(shop: Workshop) -> AsyncGenerator[Connection]:
    async with AsyncExitStack() as stack:
        try:
            connection = await stack.enter_async_context(shop.pool.connection())
        except AWAY as error:
            raise Lost("no connection could be had") from error
        yield connection


async def _settle(shop: Workshop, claimed: Claimed, error: Exception) -> Outcome:
    attempts = claimed.attempts + (not isinstance(error, Later))
    outcome = _judged(shop.duties[claimed.name], attempts, error)
    delay = error.delay if isinstance(error, Later) else _pause(attempts)
    if outcome != "later":
        say = _log.error if outcome == "buried" else _log.warning
        say(f"work {outcome}", error=described(error), attempts=attempts)
    try:
        async with shop.statements() as tx:
            await tx.run(
                POSTPONE,
                claimed.id,
                claimed.leased_until,
                "buried" if outcome == "buried" else "waiting",
                attempts,
                tx.now + delay,
                described(error),
            )
    except AWAY:
        return "lost"
    return outcome


def _judged(duty: Duty, attempts: int, error: Exception) -> Outcome:
    if isinstance(error, Later):
        return "later"
    return "buried" if isinstance(error, GiveUp) or attempts >= duty.attempts_max else "failed"


def _pause(attempts: int) -> timedelta:
    """Return 2ⁿ seconds, an hour at most, less a random part so that herds scatter."""
    longest = min(timedelta(seconds=2**attempts), _LONGEST_PAUSE)
    return longest * random.uniform(0.5, 1)  # noqa: S311 - guards nothing


def described(error: Exception) -> str:
    """Say what went wrong and where, without a value: messages of errors may name people."""
    what = type(error).__qualname__
    if isinstance(error, DomainError):
        what += f" {error.slug}"
    elif isinstance(error, asyncpg.PostgresError):
        what += f" {getattr(error, 'sqlstate', None)}"
    places = [
        f"{module}:{line} {frame.f_code.co_name}"
        for frame, line in walk_tb(error.__traceback__)
        if (module := str(frame.f_globals.get("__name__"))).partition(".")[0] not in _NOT_OURS
        and module != __name__
    ]
    return " > ".join([what, *places[-4:]])[:500]


async def give_back(shop: Workshop, claimed: Claimed) -> None:
    """Hand back work that was interrupted, as if it had not begun."""
    async with shop.statements() as tx:
        await tx.run(GIVE_BACK, claimed.id, claimed.leased_until)
