"""A house of its own for an hour, started as a newcomer starts it: `tinhs run`."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.identity.test_node_clients import ROOT, free_port

SECONDS = 400
SAMPLE = Path("samples", "kit.zip")
"""The last of the signed samples that the demo's phones leave."""

STILL = ROOT / "tests" / "show" / "still"
"""Lies on the path of a house whose clock and codes are the same each time."""


@contextmanager
def lodged(*, still: bool = False) -> Generator[tuple[str, Path]]:
    """Start it with the demo province in an empty folder, and end it afterwards.

    A `still` one shows the same afternoon and the same codes each time, to be pictured. Yields the
    address and the data folder, once the demo's documents are signed.
    """
    with tempfile.TemporaryDirectory(prefix="tinhs-show-", ignore_cleanup_errors=True) as folder:
        data_dir, url = Path(folder), f"http://localhost:{free_port()}"
        environment = {
            **{name: text for name, text in os.environ.items() if not name.startswith("TINHS_")},
            "TINHS_ENV": "dev",
            "TINHS_PORT": url.rpartition(":")[2],
            "TINHS_DATA_DIR": folder,
            "TINHS_GUESTS": "",
        }
        if still:
            environment |= {
                "PYTHONPATH": str(STILL),
                "STILL_BEGAN": str(time.time()),
                "TINHS_WORK_CONCURRENCY": "1",  # what comes first is then first in the public log
            }
        house = subprocess.Popen(
            [sys.executable, "-m", "backend", "run", "--with-parent"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        try:
            _wait_for(lambda: _shows_a_report(url), house, "a public report")
            _wait_for((data_dir / SAMPLE).exists, house, "the samples")
            yield url, data_dir
        finally:
            house.send_signal(signal.SIGTERM)
            house.wait(timeout=SECONDS)


def _shows_a_report(url: str) -> bool:
    try:
        answer = httpx.get(f"{url}/v1/feedback/public/reports", timeout=60)
        return answer.status_code == 200 and bool(answer.json()["items"])
    except httpx.TransportError:
        return False


def _wait_for(ready: Callable[[], bool], house: "subprocess.Popen[bytes]", what: str) -> None:
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        if ready():
            return
        if house.poll() is not None:
            raise SystemExit("the house has ended")
        time.sleep(0.5)
    raise SystemExit(f"{what} did not come within {SECONDS} s")
