"""The confined process as this one meets it: started when first needed, one file at a time."""

import asyncio
import atexit
import struct
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import msgspec

from modules.documents.errors import JudgesBusy
from modules.documents.model.findings import Verdict, invalid, verdict_of
from modules.documents.model.task import Task

_MODULE: Final = "modules.documents.service.confined"


_WAITING_MAX: Final = 16
"""So many files may wait; each takes ten seconds at the very most."""


class _Confined:
    """A process that waits for files; another is started when it is gone."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, frame: bytes) -> bytes:
        """Return the answer to a frame; empty when there is none."""
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


class _Bench:
    """Two judges, so that one hostile file does not make everybody else wait.

    They have threads of their own: whatever else the house does in threads goes on meanwhile.
    """

    def __init__(self) -> None:
        self._free = [_Confined(), _Confined()]
        self._all = tuple(self._free)
        self._threads = ThreadPoolExecutor(len(self._all), thread_name_prefix="judge")
        self._waiting = 0

    async def ask(self, frame: bytes) -> bytes:
        """Return the answer to a frame. Raises `JudgesBusy` when too many wait already."""
        if self._waiting >= _WAITING_MAX:
            raise JudgesBusy(headers={"Retry-After": "10"})
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._threads, self._asked, frame
            )
        finally:
            self._waiting -= 1

    def _asked(self, frame: bytes) -> bytes:
        judge = self._free.pop()  # there are as many as threads
        try:
            return judge.ask(frame)
        finally:
            self._free.append(judge)

    def stop(self) -> None:
        """End the processes."""
        for each in self._all:
            each.stop()


_BENCH: Final = _Bench()
atexit.register(_BENCH.stop)


async def judged_apart(task: Task) -> Verdict:
    """Return the verdict on a stranger's PDF; if judging it kills the judge, that is one too.

    Raises `JudgesBusy`.
    """
    answer = await _BENCH.ask(msgspec.msgpack.encode(task))
    if not answer:
        return verdict_of([invalid("FORMAT_FAILURE")], task.now)
    return msgspec.json.decode(answer, type=Verdict)
