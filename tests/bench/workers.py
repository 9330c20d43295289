"""A school year by one worker and by two, each a process: what it costs, and how long it takes."""

import asyncio
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

import msgspec

from backend.kernel import Query
from modules.documents.jobs import KNOW
from modules.documents.service import freezing, sealing
from modules.transcripts.service import years as transcripts
from tests.bench import years
from tests.bench.processes import cpu_seconds
from tests.bench.servers import ROOT

_JOBS: Final = tuple(
    job.name for job in (transcripts.GATHER, freezing.LOOK, freezing.FREEZE, sealing.SEAL, KNOW)
)
_OFTEN: Final = 0.02


class _Count(msgspec.Struct, frozen=True):
    count: int


_LEFT: Final = Query(
    _Count,
    """
    select count(*) as count
      from kernel.work
     where name = any($1) and state in ('waiting', 'running', 'held')
    """,
)


class Labour(msgspec.Struct, frozen=True, kw_only=True):
    """A year by so many workers: seconds for a document."""

    workers: int
    core_seconds: float
    wall_seconds: float


class _Shared(years.Chain):
    """A house whose work is done by processes beside this one, as in a province."""

    async def work(self) -> None:
        """Wait until it is done."""
        while True:
            async with self.shop.transaction() as tx:
                if (await tx.one(_LEFT, _JOBS)).count == 0:
                    return
            await asyncio.sleep(_OFTEN)


async def shared(count: int, workers: int) -> Labour:
    """Issue a year of so many pupils; people sign here, one after the other, all else is theirs."""
    async with years.house(_Shared) as chain, _at_work(chain, workers) as processes:
        await chain.issue(workers * years.CLASS)  # whatever is made at the first use
        before = time.perf_counter(), _used(chain, processes)
        await chain.issue(count)
        after = time.perf_counter(), _used(chain, processes)
    wall, core = (late - early for early, late in zip(before, after, strict=True))
    return Labour(workers=workers, core_seconds=core / count, wall_seconds=wall / count)


def _used(chain: years.Chain, processes: list[asyncio.subprocess.Process]) -> float:
    others = sum(cpu_seconds(each.pid) for each in processes)
    return time.process_time() + cpu_seconds(chain.postmaster) + others


@asynccontextmanager
async def _at_work(
    chain: years.Chain, workers: int
) -> AsyncGenerator[list[asyncio.subprocess.Process]]:
    """Start workers for a block; each goes when its input ends."""
    asked = (chain.database, str(chain.shop.house.data_dir), chain.shop.house.base_url)
    processes = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.faults.year_worker", *asked),
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
        )
        for _ in range(workers)
    ]
    try:
        yield processes
    finally:
        for each in processes:
            each.kill()
            await each.wait()


if __name__ == "__main__":
    for number in (1, 2):
        found = asyncio.run(shared(int(sys.argv[1]), number))
        sys.stdout.write(
            f"{number}: {3600 / found.core_seconds:,.0f} in a core-hour,"
            f" {3600 / found.wall_seconds:,.0f} in an hour\n"
        )
