"""The confined process as this one meets it: started when first needed, one file at a time."""

import asyncio
import atexit
import struct
import subprocess
import sys
from threading import Lock
from typing import Final

import msgspec

from modules.documents.model.findings import Verdict, invalid, verdict_of
from modules.documents.model.task import Task

_MODULE: Final = "modules.documents.service.confined"


class _Confined:
    """A process that waits for files; another is started when it is gone."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def is_busy(self) -> bool:
        """Tell whether a file is being judged."""
        return self._lock.locked()

    def ask(self, frame: bytes) -> bytes:
        """Return the answer to a frame; empty when there is none."""
        with self._lock:
            try:
                return self._asked(frame)
            except (OSError, struct.error):
                self.stop()
                return b""

    def _asked(self, frame: bytes) -> bytes:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-m", _MODULE],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
        inbox, outbox = self._process.stdin, self._process.stdout
        if inbox is None or outbox is None:
            raise BrokenPipeError
        inbox.write(struct.pack(">I", len(frame)) + frame)
        inbox.flush()
        (length,) = struct.unpack(">I", outbox.read(4))
        return outbox.read(length)

    def stop(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()


_CONFINED: Final = (_Confined(), _Confined())
"""Two, so that one hostile file does not make everybody else wait."""


@atexit.register
def _stop() -> None:
    for each in _CONFINED:
        each.stop()


def _asked(frame: bytes) -> bytes:
    free = next((each for each in _CONFINED if not each.is_busy), _CONFINED[0])
    return free.ask(frame)


async def judged_apart(task: Task) -> Verdict:
    """Return the verdict on a stranger's PDF; if judging it kills the judge, that is one too."""
    frame = msgspec.msgpack.encode(task)
    answer = await asyncio.to_thread(_asked, frame)
    if not answer:
        return verdict_of([invalid("FORMAT_FAILURE")], task.now)
    return msgspec.json.decode(answer, type=Verdict)
