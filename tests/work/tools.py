"""What several files of these tests say."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeAlias

from backend.kernel import Transaction
from backend.work import Did
from contracts.event import Event

Look: TypeAlias = Callable[[], Awaitable[list[Any]]]
Habits: TypeAlias = dict[str, Callable[..., Awaitable[Any]]]


class Tell(Protocol):
    """Publishes events, or does something else, in one committed transaction of a request."""

    async def __call__(self, *what: Event | Callable[[Transaction], Awaitable[None]]) -> None: ...


class Hurried:
    """A clock that runs a hundred times faster, so that nobody waits for a second try."""

    def __init__(self, start: datetime) -> None:
        self._start, self._since = start, time.monotonic()

    def __call__(self) -> datetime:
        return self._start + timedelta(seconds=100 * (time.monotonic() - self._since))


def outcomes(did: Sequence[Did]) -> list[str]:
    return [one.outcome for one in did]


async def until(reached: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(30):
        while not await reached():  # noqa: ASYNC110 - what we wait for is in the database
            await asyncio.sleep(0.02)
