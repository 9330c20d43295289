"""The loop of a worker: claim what is due, do it side by side, stop without losing any."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Annotated, Final

import msgspec
import structlog
from msgspec import Meta

from backend.kernel import House, Module
from backend.kernel.pool import Pool
from backend.work.claim import Claimed, claim, reclaim, set_aside
from backend.work.perform import AWAY, Outcome, Workshop, duties, give_back, leases, perform
from backend.work.plan import Planner

_log: Final = structlog.get_logger("tinhs")
_SHORTEST_PAUSE: Final = 0.05
_LONGEST_PAUSE: Final = 1.0


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of the workers."""

    concurrency: Annotated[
        int, Meta(ge=1, le=100, description="Pieces of work that one process does side by side.")
    ] = 10
    metrics_port: Annotated[
        int,
        Meta(ge=0, le=65535, description="Loopback port for what waits, of a worker; 0 for none."),
    ] = 0


class Did(msgspec.Struct, frozen=True, kw_only=True):
    """One try, and what became of it."""

    name: str
    outcome: Outcome


def open_workshop(
    dsn: str,
    house: House,
    modules: Iterable[Module],
    *,
    concurrency: int,
    clock: Callable[[], datetime],
    metrics_port: int = 0,
) -> Workshop:
    """Return what a worker needs. `dsn` logs in as `tinhs_job`; close its pool at the end.

    There is a connection for each piece of work, one to claim and one for the rounds.
    """
    return Workshop(
        pool=Pool(dsn, size=concurrency + 2),
        house=house,
        duties=duties(modules),
        clock=clock,
        concurrency=concurrency,
        metrics_port=metrics_port,
    )


class Worker:
    """Does the waiting work of one process, some pieces side by side.

    Any number of processes may run one on the same database.
    """

    def __init__(self, shop: Workshop) -> None:
        self._shop = shop
        self._leases = leases(shop.duties)
        self._planner = Planner(shop)
        self._running: dict[asyncio.Task[Outcome], Claimed] = {}
        self._stopping = False
        self._nudge = asyncio.Event()
        self._hurry = asyncio.Event()

    def stop(self) -> None:
        """Claim nothing more; `run` returns when what runs is finished, or its lease is over.

        Whoever says it twice does not want to wait: what runs is handed back at once.
        """
        if self._stopping:
            self._hurry.set()
        self._stopping = True
        self._nudge.set()

    async def run(self) -> None:
        """Work until `stop`. A database that is away is waited for."""
        rounds = asyncio.create_task(self._go_round())
        try:
            await self._work()
        finally:
            rounds.cancel()
            await asyncio.wait([rounds])
            await self._wind_down()

    async def _work(self) -> None:
        pause = _SHORTEST_PAUSE
        while not self._stopping:
            self._nudge.clear()
            began = await self._begin()
            # A piece that ends makes room, and lets the next of its lane come forward.
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._nudge.wait()
            busy = began or self._nudge.is_set()
            pause = _SHORTEST_PAUSE if busy else min(2 * pause, _LONGEST_PAUSE)

    async def _begin(self) -> bool:
        """Begin what is due as far as there is room; tell whether anything began."""
        room = self._shop.concurrency - len(self._running)
        if room == 0:
            return False
        try:
            async with self._shop.statements() as tx:
                claimed = await claim(tx, self._leases, room)
        except AWAY as error:
            _log.warning("no work can be claimed", error=type(error).__qualname__)
            return False
        for piece in claimed:
            task = asyncio.create_task(perform(self._shop, piece))
            self._running[task] = piece
            task.add_done_callback(self._ended)
        return bool(claimed)

    def _ended(self, task: asyncio.Task[Outcome]) -> None:
        del self._running[task]
        self._nudge.set()

    async def _go_round(self) -> None:
        """Once a second, do what is nobody's piece of work."""
        while True:
            try:
                await make_rounds(self._shop, self._planner)
            except AWAY as error:
                _log.warning("no round can be made", error=type(error).__qualname__)
            await asyncio.sleep(_LONGEST_PAUSE)

    async def _wind_down(self) -> None:
        """Let what runs finish within its lease, and hand back the rest."""
        pieces = dict(self._running)
        hurry = asyncio.create_task(self._hurry.wait())
        await asyncio.gather(
            *(_end(task, hurry, self._leases[piece.name]) for task, piece in pieces.items())
        )
        hurry.cancel()
        for task, piece in pieces.items():
            if task.cancelled():
                with suppress(*AWAY):  # its lease will run out instead
                    await give_back(self._shop, piece)


async def _end(task: asyncio.Task[Outcome], hurry: asyncio.Task[bool], patience: timedelta) -> None:
    await asyncio.wait(
        [task, hurry], timeout=patience.total_seconds(), return_when=asyncio.FIRST_COMPLETED
    )
    task.cancel()
    await asyncio.wait([task])


async def make_rounds(shop: Workshop, planner: Planner) -> None:
    """Let go of what the dead had claimed, clear the way for claims, turn ticks into work."""
    async with shop.statements() as tx:
        await reclaim(tx)
        while await set_aside(tx, leases(shop.duties)):
            pass
    await planner.tick()


async def drain(shop: Workshop) -> Sequence[Did]:
    """Do everything that is due, piece by piece, and what follows from it. For tests."""
    did: list[Did] = []
    while True:
        async with shop.statements() as tx:
            await reclaim(tx)
            claimed = await claim(tx, leases(shop.duties), 1)
        if not claimed:
            return did
        for piece in claimed:
            outcome = await asyncio.create_task(perform(shop, piece))
            did.append(Did(name=piece.name, outcome=outcome))
