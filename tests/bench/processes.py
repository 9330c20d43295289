"""Servers under measurement: started, waited for, weighed and stopped."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_READY_SECONDS: Final = 30.0
_PROC: Final = Path("/proc")


class DidNotStart(Exception):
    """A server under measurement never answered; its last words are the message."""


class Server:
    """A server with its processes: what they have used, and how big they are."""

    def __init__(self, process: "subprocess.Popen[bytes]", port: int) -> None:
        self._process = process
        self.port = port

    def cpu_seconds(self) -> float:
        """Processor time of all its processes since they started."""
        return cpu_seconds(self._process.pid)

    def worker_pid(self) -> int:
        """Return the process that answers: of those that the first one started, the busiest."""
        first, *others = _tree(self._process.pid)
        return max(others, key=_cpu_ns, default=first)

    def worker_mb(self) -> float:
        """Memory of the process that answers, as the kernel counts it (RSS), in 10⁶ bytes."""
        return _rss_bytes(self.worker_pid()) / 1e6


@contextmanager
def serving(
    command: Sequence[str | Path], port: int, environment: Mapping[str, str], log: Path
) -> Iterator[Server]:
    """Run a server for a block, once it listens on `port`. Raises `DidNotStart`."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            [str(part) for part in command],
            env={**os.environ, **environment},
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait(process, port, log)
        yield Server(process, port)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    end = time.monotonic() + _READY_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if process.poll() is not None or time.monotonic() > end:
                raise DidNotStart(log.read_text(errors="replace")[-3000:]) from None
            time.sleep(0.02)
        else:
            return


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def cpu_seconds(root: int) -> float:
    """Processor time of a process and its descendants; 0 where the system does not tell."""
    return sum(_cpu_ns(pid) for pid in _tree(root)) / 1e9


def parent_of(pid: int) -> int:
    """Return the process that started this one."""
    return int((_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[1])


def _cpu_ns(pid: int) -> int:
    # Nanoseconds per thread: `stat` counts in ticks of ten milliseconds.
    total = 0
    for thread in (_PROC / str(pid) / "task").glob("*/schedstat"):
        try:
            total += int(thread.read_text().split()[0])
        except OSError:
            continue  # it ended meanwhile
    return total


def _rss_bytes(pid: int) -> int:
    try:
        pages = int((_PROC / str(pid) / "statm").read_text().split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGESIZE")


def _tree(root: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for stat in _PROC.glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except OSError:
            continue
        parent = int(text.rpartition(")")[2].split()[1])
        children.setdefault(parent, []).append(int(stat.parent.name))
    found = [root]
    for pid in found:
        found.extend(children.get(pid, ()))
    return found
