"""Brings a school's year, and is killed: `-m tests.faults.year_bringer DSN FOLDER FILE ID N`.

It dies by its own `kill -9` before it writes the N-th hundred lines: at a place that a test
chooses, without waiting for any clock.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Iterable
from itertools import count
from pathlib import Path
from uuid import UUID, uuid4

from backend.host.app import now
from backend.host.registry import discover, gather
from backend.host.settings import wanted
from backend.kernel import House, Principal, Transaction
from backend.testing.callers import BASE_URL
from backend.work import open_workshop
from modules.transcripts.service import importing
from modules.transcripts.service.years import Row

YEAR = "2025-2026"


async def bring(dsn: str, folder: Path, file: Path, school: UUID) -> None:
    modules = discover()
    settings = {kind: kind() for kind in wanted(modules).values()}
    house = House(providers=gather(modules, settings), base_url=BASE_URL, data_dir=folder)
    shop = open_workshop(dsn, house, modules, concurrency=1, clock=now)
    async with shop.transaction() as tx:
        tx.principal = Principal(
            kind="staff", staff_id=uuid4(), agency_id=school, agencies=frozenset({school})
        )
        with file.open("rb") as lines:
            await importing.bring(tx, YEAR, lines)


def dying(before: int) -> None:
    """Let the process die instead of writing so many hundred lines."""
    numbers, write = count(1), importing._write

    async def written(tx: Transaction, school_year: str, batch: Iterable[Row]) -> None:
        if next(numbers) == before:
            os.kill(os.getpid(), signal.SIGKILL)
        await write(tx, school_year, batch)

    importing._write = written


if __name__ == "__main__":
    dying(int(sys.argv[5]))
    asyncio.run(bring(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), UUID(sys.argv[4])))
