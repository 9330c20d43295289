"""A worker that is killed: `python -m tests.transcripts.dying DSN DATA_DIR NOW FILES`.

It does what is due, as a worker does, and dies by its own `kill -9` when it has written so many
files: at a place that a test chooses, without waiting for any clock.
"""

import asyncio
import os
import signal
import sys
from datetime import datetime
from itertools import count
from pathlib import Path

from backend.host.registry import discover, gather
from backend.host.settings import wanted
from backend.kernel import House
from backend.testing.callers import BASE_URL
from backend.work import drain, open_workshop
from contracts.keys import DataKey
from modules.documents.service import files


async def labour(dsn: str, data_dir: Path, now: datetime) -> None:
    modules = discover()
    settings = {kind: kind() for kind in wanted(modules).values()}
    house = House(providers=gather(modules, settings), base_url=BASE_URL, data_dir=data_dir)
    shop = open_workshop(dsn, house, modules, concurrency=2, clock=lambda: now)
    await drain(shop)
    await shop.pool.close()


def dying(after: int) -> None:
    """Let the process die as soon as it has written so many files."""
    numbers, keep = count(1), files.kept

    def kept(data_dir: Path, raw: bytes, key: DataKey) -> bytes:
        digest = keep(data_dir, raw, key)
        if next(numbers) == after:
            os.kill(os.getpid(), signal.SIGKILL)
        return digest

    files.kept = kept


if __name__ == "__main__":
    dying(int(sys.argv[4]))
    moment = datetime.fromisoformat(sys.argv[3])
    asyncio.run(labour(sys.argv[1], Path(sys.argv[2]), moment))
