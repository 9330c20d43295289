"""A house of its own for an hour: a database, the demo province, a server and a worker."""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import httpx

from backend.host.migrate import migrate
from backend.host.registry import discover
from backend.local.postgres import throwaway
from backend.local.roles import DatabaseUrls, ensure_roles
from tests.identity.test_node_clients import ROOT, running

SECONDS = 400
SAMPLE = Path("samples", "kit.zip")
"""The last of the signed samples that the demo's phones leave."""


@contextmanager
def lodged() -> Generator[tuple[str, Path]]:
    """Start it with what `tinhs seed` tells, and end it afterwards.

    Yields the address and the data folder, once the demo's documents are signed.
    """
    with throwaway() as dsn, tempfile.TemporaryDirectory(prefix="tinhs-show-") as folder:
        urls = asyncio.run(_made(dsn))
        with running(urls, TINHS_DATA_DIR=folder, TINHS_NOTIFICATIONS_SENDERS="file") as url:
            data_dir = Path(folder)
            _seed(urls, url, data_dir)
            _wait_for((data_dir / SAMPLE).exists, "the samples")
            _wait_for(lambda: bool(_public(url)), "a public report")
            yield url, data_dir


async def _made(dsn: str) -> DatabaseUrls:
    urls = await ensure_roles(dsn, "tinhs_show")
    connection = await asyncpg.connect(urls.owner)
    await migrate(connection, discover(guests=()))
    await connection.close()
    return urls


def _seed(urls: DatabaseUrls, url: str, folder: Path) -> None:
    environment = {
        **{name: text for name, text in os.environ.items() if not name.startswith("TINHS_")},
        "TINHS_ENV": "dev",
        "TINHS_BASE_URL": url,
        "TINHS_DATA_DIR": str(folder),
        "TINHS_SECRET": "a secret that every test may know",
        "TINHS_DATABASE_URL": urls.runtime,
        "TINHS_DATABASE_AUTH_URL": urls.auth,
        "TINHS_DATABASE_JOB_URL": urls.job,
    }
    command = [sys.executable, "-m", "backend", "seed"]
    told = subprocess.run(
        command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True
    )
    if told.returncode:
        raise SystemExit(f"tinhs seed failed:\n{told.stdout}{told.stderr}")


def _public(url: str) -> list[object]:
    answer = httpx.get(f"{url}/v1/feedback/public/reports", timeout=60)
    return answer.json()["items"]


def _wait_for(ready: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        if ready():
            return
        time.sleep(0.5)
    raise SystemExit(f"{what} did not come within {SECONDS} s")
