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

    What takes long to make from what the database tells is made by `finish`, in a thread;
    `build` then only reads. Whoever comes meanwhile has the value of before, if it was looked at
    not longer than twice `check_seconds` ago, and waits if nobody came for longer than that.
    """

    def __init__(
        self,
        *,
        build: "Callable[[Snapshot], Awaitable[T]]",
        version: "Callable[[Snapshot], Awaitable[object]]",
        finish: Callable[[T], T] | None = None,
        check_seconds: float = 60,
    ) -> None:
        self.build = build
        self.finish = finish
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
        self._finishing: asyncio.Task[None] | None = None

    async def recall(self, snapshot: "Snapshot") -> T:
        """Return the value, built now if it is missing or out of date."""
        if self._value is not None and self._check_at is not None:
            if snapshot.now < self._check_at:
                return self._value
            is_at_work = self._building.locked() or self._finishing is not None
            if is_at_work and self._is_recent(snapshot):
                return self._value
        async with self._building:
            return await self._renewed(snapshot)

    def _is_recent(self, snapshot: "Snapshot") -> bool:
        grace = timedelta(seconds=self._memory.check_seconds)
        return self._check_at is not None and snapshot.now < self._check_at + grace

    async def _renewed(self, snapshot: "Snapshot") -> T:
        if self._finishing is not None:
            await self._finishing
        if self._value is not None and self._check_at is not None and snapshot.now < self._check_at:
            return self._value
        version = await self._memory.version(snapshot)
        if self._value is None or version != self._version:
            built = await self._memory.build(snapshot)
            if self._memory.finish is not None and self._value is not None:
                self._finishing = asyncio.create_task(self._finish(built, version))
                if not self._is_recent(snapshot):
                    await self._finishing
            else:
                self._value, self._version = await self._finished(built), version
        self._check_at = snapshot.now + timedelta(seconds=self._memory.check_seconds)
        return self._value

    async def _finished(self, built: T) -> T:
        if self._memory.finish is None:
            return built
        return await asyncio.to_thread(self._memory.finish, built)

    async def _finish(self, built: T, version: object) -> None:
        try:
            self._value, self._version = await self._finished(built), version
        finally:
            self._finishing = None
