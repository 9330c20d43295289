"""How long a second `tinhs run` takes from the command to an answer."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.bench.processes import DidNotStart, free_port

WARM_SECONDS_MAX: Final = 5.0
_PATIENCE_SECONDS: Final = 90.0


def warm_start_seconds() -> float:
    """Return the seconds until a house that has run before, and was stopped, is ready again."""
    with TemporaryDirectory(prefix="tinhs-bench-run-") as folder:
        port = free_port()
        environment = {
            **os.environ,
            "TINHS_DATA_DIR": folder,
            "TINHS_PORT": str(port),
            "TINHS_BASE_URL": f"http://localhost:{port}",
        }
        log = Path(folder) / "bench.log"
        try:
            _run_once(environment, port, log)  # the first one makes the database
            return _run_once(environment, port, log)
        finally:
            _tinhs(environment, log, "reset").wait(30)


def _run_once(environment: Mapping[str, str], port: int, log: Path) -> float:
    began = time.monotonic()
    process = _tinhs(environment, log, "run")
    try:
        while not _is_ready(port):
            if process.poll() is not None or time.monotonic() - began > _PATIENCE_SECONDS:
                raise DidNotStart(log.read_text(errors="replace")[-3000:])
            time.sleep(0.02)
        return time.monotonic() - began
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def _tinhs(environment: Mapping[str, str], log: Path, verb: str) -> "subprocess.Popen[bytes]":
    with log.open("ab") as out:
        return subprocess.Popen(
            [sys.executable, "-m", "backend", verb],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )


def _is_ready(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
