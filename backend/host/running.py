"""Who runs from a folder: one at a time, who tells the verbs typed beside it how it was set."""

import fcntl
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from backend.local import LocalProblem

_LOCK: Final = "run.lock"
_PREFIX: Final = "TINHS_"
_NOTE_BYTES_MAX: Final = 2**20
_TRIES: Final = 20
_PAUSE_SECONDS: Final = 0.01


@contextmanager
def locked(data_dir: Path) -> Iterator[int]:
    """Be the only one who runs from this folder for a block. Raises `LocalProblem`."""
    lock = os.open(data_dir / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        for left in reversed(range(_TRIES)):
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if not left:
                    raise LocalProblem(
                        f"This is running already, with its data in {data_dir}.\n"
                        "Stop it with Ctrl-C, or run another one beside it:\n"
                        "  TINHS_DATA_DIR=var/second TINHS_PORT=8001 make run"
                    ) from error
                time.sleep(_PAUSE_SECONDS)  # perhaps somebody has only looked: see `noted`
        yield lock
    finally:
        os.close(lock)


def note(lock: int, environment: Mapping[str, str]) -> None:
    """Leave how this run was set with the lock, which only its owner can read."""
    told = {name: value for name, value in environment.items() if name.startswith(_PREFIX)}
    os.ftruncate(lock, 0)
    os.pwrite(lock, msgspec.json.encode(told), 0)


def is_noted(lock: int) -> bool:
    """Tell whether the last run from this folder was killed before it could tidy up."""
    return os.fstat(lock).st_size > 0


def erase_note(lock: int) -> None:
    """Take the note away; a run that is killed does not get here."""
    os.ftruncate(lock, 0)


def noted(data_dir: Path) -> Mapping[str, str] | None:
    """Return how the run was set that goes on in this folder; None when there is none of ours."""
    try:
        lock = os.open(data_dir / _LOCK, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        text = os.pread(lock, _NOTE_BYTES_MAX, 0)
        return msgspec.json.decode(text, type=dict[str, str]) if text else None
    else:
        return None  # nobody holds it: what stands there is of a run that was killed
    finally:
        os.close(lock)
