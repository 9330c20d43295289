"""Who still works in a database's folder: a server that nobody owns, or children of a dead one."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_PROC = Path("/proc")


def server_pid(pgdata: Path) -> int | None:
    """Return the number of the live server on these files, whoever started it."""
    try:
        pid = int((pgdata / "postmaster.pid").read_text().splitlines()[0])
    except (OSError, ValueError, IndexError):
        return None
    # The number in a left file may by now belong to somebody else.
    return pid if str(pgdata) in _command(pid) else None


def evict(pgdata: Path, *, patience_seconds: float = 10) -> None:
    """End them all: the server in good order if it can, its orphans at once.

    Orphans hold the shared memory, and PostgreSQL does not start while they do.
    """
    main = server_pid(pgdata)
    if main is not None:
        _tell(main, signal.SIGINT)
        end = time.monotonic() + patience_seconds
        while server_pid(pgdata) == main and time.monotonic() < end:
            time.sleep(0.02)
    end = time.monotonic() + patience_seconds
    while (remaining := set(_residents(pgdata))) and time.monotonic() < end:
        for pid in remaining:
            _tell(pid, signal.SIGKILL)
        time.sleep(0.02)


def _residents(pgdata: Path) -> Iterator[int]:
    main = server_pid(pgdata)
    if main is not None:
        yield main
    for link in _PROC.glob("[0-9]*/cwd"):
        try:
            is_here = link.readlink() == pgdata
        except OSError:
            continue  # gone meanwhile, or not ours to see
        if is_here:
            yield int(link.parent.name)


def _tell(pid: int, what: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, what)


def _command(pid: int) -> str:
    if _PROC.joinpath("self").exists():
        try:
            return (_PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            return ""
    ps = shutil.which("ps") or "ps"
    asked = [ps, "-ww", "-p", str(pid), "-o", "command="]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout  # noqa: S603
