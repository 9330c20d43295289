"""A worker as a process of its own: `python -m tests.work.process DSN PACE`.

It prints its process id and works until its input closes. When it is killed, the next one takes
its place, as a service manager would see to it. Time runs `PACE` times faster in it.
"""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import backend.work
from backend.kernel import VIETNAM, House, Transaction
from backend.work import Workshop, open_workshop, work
from tests.work import post
from tests.work.post import Parcel

POISON = 13


async def handle_with_care(_: Transaction, parcel: Parcel) -> None:
    """Take a moment; the poison kills its process."""
    if parcel.number == POISON:
        os.kill(os.getpid(), signal.SIGKILL)
    await asyncio.sleep(0.005)


def labour(dsn: str, clock: Callable[[], datetime]) -> None:
    """Type `tinhs work run`."""

    @asynccontextmanager
    async def opened() -> AsyncGenerator[Workshop]:
        modules = [post.module, backend.work.module]
        shop = open_workshop(dsn, House(), modules, concurrency=4, clock=clock)
        loop = asyncio.get_running_loop()
        loop.add_reader(sys.stdin, end)
        yield shop
        await shop.pool.close()

    def end() -> None:
        asyncio.get_running_loop().remove_reader(sys.stdin)
        os.kill(os.getpid(), signal.SIGTERM)

    post.habits["deliver"] = handle_with_care
    work.main(["run"], obj=opened)


def main(dsn: str, pace: float) -> None:
    start, since = datetime.now(VIETNAM), time.time()

    def clock() -> datetime:
        return start + timedelta(seconds=pace * (time.time() - since))

    status = signal.SIGKILL
    while os.WIFSIGNALED(status):
        child = os.fork()
        if child == 0:
            print(os.getpid(), flush=True)  # noqa: T201 - whoever kills us must know whom
            labour(dsn, clock)
        _, status = os.waitpid(child, 0)


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
