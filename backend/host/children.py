"""Programs of ours that are kept running, and end when we do."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from backend.local.leash import leashed

_PAUSE_SECONDS: Final = 0.2
_PAUSE_SECONDS_MAX: Final = 5.0
_STEADY_SECONDS: Final = 10.0
_LOG_BYTES_MAX: Final = 20_000_000
_LOG_TAIL_BYTES: Final = 3000


class Child:
    """One program; `tend` it now and then. What it says goes to `log`."""

    def __init__(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], log: Path
    ) -> None:
        self.name = name
        self.log = log
        self._command = leashed(command, last_words=signal.SIGTERM)
        self._environment = environment
        self._program: subprocess.Popen[bytes] | None = None
        self._pause = _PAUSE_SECONDS
        self._began = self._next_try = 0.0
        if log.exists():
            log.replace(log.with_suffix(".log.1"))

    def start(self) -> None:
        self._began = time.monotonic()
        self._next_try = 0.0
        with self.log.open("ab") as log:
            self._program = subprocess.Popen(  # noqa: S603 - a verb of ours
                self._command,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for us, who stop it in our order
            )

    @property
    def is_running(self) -> bool:
        return self._program is not None and self._program.poll() is None

    def tend(self) -> None:
        """Start it again when it has ended, each time a little later, and bound its log."""
        now = time.monotonic()
        if self.log.stat().st_size > _LOG_BYTES_MAX:
            shutil.copyfile(self.log, self.log.with_suffix(".log.1"))
            os.truncate(self.log, 0)
        if self.is_running:
            return
        if not self._next_try:
            is_steady = now - self._began > _STEADY_SECONDS
            self._pause = _PAUSE_SECONDS if is_steady else min(2 * self._pause, _PAUSE_SECONDS_MAX)
            self._next_try = now + self._pause
        elif now >= self._next_try:
            self.start()

    def ask_to_stop(self) -> None:
        if self._program is not None and self._program.poll() is None:
            self._program.terminate()

    def stop(self, *, patience_seconds: float) -> None:
        """Wait for its end after `ask_to_stop`; then end it, and all that it started."""
        if self._program is None:
            return
        with suppress(subprocess.TimeoutExpired):
            self._program.wait(patience_seconds)
        with suppress(ProcessLookupError):
            os.killpg(self._program.pid, signal.SIGKILL)
        self._program.wait()

    def last_words(self) -> str:
        """Return the end of what it said."""
        return self.log.read_bytes()[-_LOG_TAIL_BYTES:].decode(errors="replace").strip()
