"""A leash for child processes: they end when we end, even when we are killed with -9.

`leashed` gives the command line for any program; one of ours may `tie_to_parent` itself. Started
as a script, this file is the leash. It needs nothing but the standard library and no access to
the rest of the house, because it runs as whoever the child is to run as, and may then not reach
even Python's own files: all imports come first.
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_POLL_SECONDS = 0.2


def leashed(
    command: Sequence[str | Path],
    *,
    last_words: signal.Signals,
    uid: int = -1,
    gid: int = -1,
    watched: bool = sys.platform != "linux",
) -> list[str]:
    """Return a command line that runs `command` and sends it `last_words` when we are gone.

    On Linux the kernel sends the signal and the command takes the leash's place; elsewhere the
    leash stays and watches its parent. With `uid` and `gid` (only root may) it becomes them first.
    "We" is the thread that starts the command: it must live as long as the command shall.
    """
    how = "watch" if watched else "ask-kernel"
    leash = [sys.executable, "-I", "-S", __file__, how, last_words.name]
    return [*leash, str(os.getpid()), str(uid), str(gid), *map(str, command)]


def tie_to_parent(last_words: signal.Signals, parent: int) -> None:
    """Have ourselves sent `last_words` when `parent`, which started us, is gone."""
    if sys.platform == "linux":
        _ask_kernel(last_words, parent)
        return

    def look() -> None:
        while os.getppid() == parent:
            time.sleep(_POLL_SECONDS)
        os.kill(os.getpid(), last_words)

    threading.Thread(target=look, name="leash", daemon=True).start()


def _ask_kernel(last_words: signal.Signals, parent: int) -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, last_words)
    if os.getppid() != parent:
        raise SystemExit(0)  # gone before we could ask


def _watch(command: list[str], last_words: signal.Signals, parent: int) -> int:
    child = subprocess.Popen(command)  # noqa: S603 - the command is our caller's
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT):
        signal.signal(each, lambda number, _: child.send_signal(number))
    told = False
    while child.poll() is None:
        if not told and os.getppid() != parent:
            child.send_signal(last_words)
            told = True
        time.sleep(_POLL_SECONDS)
    return child.returncode if child.returncode >= 0 else 128 - child.returncode


def _main() -> None:
    how, name, parent, uid, gid, *command = sys.argv[1:]
    last_words = signal.Signals[name]
    if int(uid) >= 0:
        os.setgroups([])
        os.setgid(int(gid))
        os.setuid(int(uid))  # clears a leash set before it, so the leash comes after
    if how == "watch":
        raise SystemExit(_watch(command, last_words, int(parent)))
    _ask_kernel(last_words, int(parent))
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    _main()
