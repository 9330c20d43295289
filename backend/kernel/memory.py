"""Things built from the database once per process, and again when they have changed."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from backend.kernel.database import Snapshot

T = TypeVar("T")


class Memory(Generic[T]):
    """A value that every request may read without asking the database.

    `build` makes it; `version` is a cheap question whose answer changes when the value would.
    It is asked again after `check_seconds`, so a process is at most that far behind. For units,
    categories, a search index; never for permissions.
    """

    def __init__(
        self,
        *,
        build: "Callable[[Snapshot], Awaitable[T]]",
        version: "Callable[[Snapshot], Awaitable[object]]",
        check_seconds: float = 60,
    ) -> None:
        self.build = build
        self.version = version
        self.check_seconds = check_seconds


class Kept(Generic[T]):
    """One process's copy of a `Memory`."""

    def __init__(self, memory: Memory[T]) -> None:
        self._memory = memory
        self._building = asyncio.Lock()
        self._version: object = None
        self._value: T | None = None
        self._check_at: datetime | None = None

    async def recall(self, snapshot: "Snapshot") -> T:
        """Return the value, built now if it is missing or out of date."""
        if self._value is not None and self._check_at is not None and snapshot.now < self._check_at:
            return self._value
        async with self._building:
            return await self._renewed(snapshot)

    async def _renewed(self, snapshot: "Snapshot") -> T:
        if self._value is not None and self._check_at is not None and snapshot.now < self._check_at:
            return self._value
        version = await self._memory.version(snapshot)
        if self._value is None or version != self._version:
            self._value = await self._memory.build(snapshot)
            self._version = version
        self._check_at = snapshot.now + timedelta(seconds=self._memory.check_seconds)
        return self._value
