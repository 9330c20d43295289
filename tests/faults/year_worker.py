"""A worker, until it is killed: `python -m tests.faults.year_worker DSN DATA_DIR BASE_URL`."""

import asyncio
import sys
from pathlib import Path

from backend.host.app import now
from backend.host.registry import discover, gather
from backend.host.settings import wanted
from backend.kernel import House
from backend.work import Worker, open_workshop


async def labour(dsn: str, data_dir: Path, base_url: str) -> None:
    modules = discover()
    settings = {kind: kind() for kind in wanted(modules).values()}
    house = House(providers=gather(modules, settings), base_url=base_url, data_dir=data_dir)
    shop = open_workshop(dsn, house, modules, concurrency=4, clock=now)
    asyncio.get_running_loop().add_reader(sys.stdin, sys.exit)
    await Worker(shop).run()


if __name__ == "__main__":
    asyncio.run(labour(sys.argv[1], Path(sys.argv[2]), sys.argv[3]))
