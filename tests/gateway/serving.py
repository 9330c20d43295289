"""A real server: `tinhs serve` over the database of a test file."""

import asyncio
import os
import socket
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import httpx

from backend.local.roles import DatabaseUrls

_READY_SECONDS = 60
"""On a machine that is busy with other tests."""


class Served:
    """A running `tinhs serve`."""

    COMMAND = (sys.executable, "-m", "backend", "serve")

    def __init__(self, process: asyncio.subprocess.Process, port: int, folder: Path) -> None:
        self.process, self.port = process, port
        self.url = f"http://127.0.0.1:{port}"
        self.folder = folder

    async def line(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port)

    def memory_bytes(self) -> int:
        """The memory of the process and its workers."""
        mine = self.process.pid
        children = Path(f"/proc/{mine}/task/{mine}/children").read_text(encoding="ascii").split()
        return sum(_resident(int(pid)) for pid in [mine, *children])


def _resident(pid: int) -> int:
    pages = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def environment(database: DatabaseUrls, folder: Path, *, port: int, **more: str) -> dict[str, str]:
    """Return what a server of this database is told, on a port of this machine."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("TINHS_")},
        "TINHS_ENV": "test",
        "TINHS_SECRET": "a secret that every test may know",
        "TINHS_PORT": str(port),
        "TINHS_BASE_URL": f"http://127.0.0.1:{port}",
        "TINHS_DATA_DIR": str(folder),
        "TINHS_DATABASE_URL": database.runtime,
        "TINHS_DATABASE_AUTH_URL": database.auth,
        "TINHS_DATABASE_JOB_URL": database.job,
        **more,
    }


async def started(
    database: DatabaseUrls, folder: Path, *, command: Sequence[str] = Served.COMMAND, **more: str
) -> Served:
    """Start a server and wait until it is ready; its log goes to a file in the folder."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    variables = environment(database, folder, port=port, **more)
    with (folder / "log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(*command, env=variables, stderr=log)
    served = Served(process, port, folder)
    async with httpx.AsyncClient(timeout=60) as client:
        end = time.monotonic() + _READY_SECONDS
        while process.returncode is None and time.monotonic() < end:
            try:
                if (await client.get(f"{served.url}/readyz")).status_code == 200:
                    return served
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.05)
    raise AssertionError("the server did not become ready", (folder / "log").read_text()[-2000:])
