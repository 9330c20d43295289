"""Have pictures decoded and written anew by processes that may break without harm."""

import asyncio
import atexit
import os
import signal
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Annotated, Final, Literal, cast

import msgspec
from msgspec import Meta

from backend.files.kinds import media_type
from backend.kernel.errors import DomainError
from backend.kernel.files import (
    PHOTO_BYTES_MAX,
    FilesBusy,
    FileTooLarge,
    FileTypeNotAllowed,
    FileUnreadable,
    ImageAnimated,
    ImageTooLarge,
)
from contracts.files import Facts, RenditionName

CHILD: Final = (sys.executable, "-I", "-B", str(Path(__file__).with_name("child.py")))
"""Isolated: no variable of ours, no folder of ours on the path; site-packages alone."""

_ENVIRONMENT: Final = {"LC_ALL": "C.UTF-8", "MALLOC_ARENA_MAX": "1"}
_READY: Final = b"R"
_START_SECONDS_MAX: Final = 30
_HEADER_BYTES_MAX: Final = 1 << 16
_RENDITION_BYTES_MAX: Final = 1 << 24
_SIDE_MAX: Final = 20_000
_JPEG: Final = (b"\xff\xd8\xff", b"\xff\xd9")
_REFUSALS: Final[dict[str, type[DomainError]]] = {
    "image-too-large": ImageTooLarge,
    "animated": ImageAnimated,
    "unreadable": FileUnreadable,
}


class Cleaned(msgspec.Struct, frozen=True, kw_only=True):
    """A picture of which only the pixels are left."""

    media_type: str
    width: int
    height: int
    facts: Facts
    renditions: "tuple[CleanRendition, ...]"


class CleanRendition(msgspec.Struct, frozen=True, kw_only=True):
    """One JPEG made of the pixels."""

    name: RenditionName
    width: int
    height: int
    content: bytes


class _ToldRendition(msgspec.Struct, frozen=True):
    name: RenditionName
    width: Annotated[int, Meta(ge=1, le=_SIDE_MAX)]
    height: Annotated[int, Meta(ge=1, le=_SIDE_MAX)]
    bytes: Annotated[int, Meta(ge=1, le=_RENDITION_BYTES_MAX)]


class _Told(msgspec.Struct, frozen=True):
    fault: Literal["image-too-large", "animated", "unreadable"] | None = None
    width: Annotated[int, Meta(ge=1, le=_SIDE_MAX)] = 1
    height: Annotated[int, Meta(ge=1, le=_SIDE_MAX)] = 1
    facts: Facts = Facts()
    renditions: tuple[_ToldRendition, ...] = ()


class _Broken(Exception):
    """The child died, was killed, or said what no honest child says."""


class NoChild(Exception):
    """The decoding program does not start: the installation is broken, not the picture."""


class Child:
    """One decoding process. Not for two threads at once."""

    def __init__(self, command: Sequence[str]) -> None:
        self.items = 0
        self._process = subprocess.Popen(  # noqa: S603 - our own program, no word of a stranger
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_ENVIRONMENT,
            cwd="/",
            start_new_session=True,  # a Ctrl-C meant for the server must not hit a decoder
        )
        self._inbox = cast("IO[bytes]", self._process.stdin)
        self._outbox = cast("IO[bytes]", self._process.stdout)

    def exchange(self, content: bytes, seconds_max: float) -> tuple[_Told, list[bytes]]:
        """Send a picture, return the answer.

        Raises `_Broken`, also when the time is over, and `NoChild`.
        """
        if self.items == 0:
            self._await_start()
        self.items += 1
        try:
            with self._alarm(seconds_max):
                return self._exchange(content)
        except (OSError, EOFError, msgspec.MsgspecError) as error:
            raise _Broken from error

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def close(self) -> None:
        """End the process. Nothing of value is in it."""
        self._kill()
        self._process.communicate()

    def _kill(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def _await_start(self) -> None:
        with self._alarm(_START_SECONDS_MAX):
            if self._outbox.read(1) != _READY:
                raise NoChild

    @contextmanager
    def _alarm(self, seconds: float) -> Iterator[None]:
        """Kill the process if the block takes longer; whoever reads from it then sees its end."""
        alarm = threading.Timer(seconds, self._kill)
        alarm.start()
        try:
            yield
        finally:
            alarm.cancel()

    def _exchange(self, content: bytes) -> tuple[_Told, list[bytes]]:
        inbox, outbox = self._inbox, self._outbox
        inbox.write(struct.pack(">I", len(content)))
        inbox.write(content)
        inbox.flush()
        (size,) = struct.unpack(">I", _exactly(outbox, 4))
        told = msgspec.json.decode(_exactly(outbox, size, _HEADER_BYTES_MAX), type=_Told)
        bodies = [
            _exactly(outbox, rendition.bytes, _RENDITION_BYTES_MAX) for rendition in told.renditions
        ]
        return told, bodies


def _exactly(pipe: IO[bytes], size: int, most: int = 4) -> bytes:
    if not 0 < size <= most:
        raise EOFError
    content = pipe.read(size)
    if len(content) < size:
        raise EOFError
    return content


class Cleaner:
    """The children of this process: at most `children` at work, the rest of us wait our turn.

    A child is replaced after `items_max` pictures, and at once when a picture broke it or took
    longer than `seconds_max`. Who has waited `wait_seconds` for a turn is asked to come again.
    """

    def __init__(
        self,
        *,
        command: Sequence[str] = CHILD,
        children: int = 2,
        wait_seconds: float = 10,
        seconds_max: float = 15,
        items_max: int = 50,
    ) -> None:
        self._command = command
        self._turns = asyncio.Semaphore(children)
        self._wait_seconds = wait_seconds
        self._seconds_max = seconds_max
        self._items_max = items_max
        self._idle: list[Child] = []
        atexit.register(self.close)

    async def clean(self, content: bytes) -> Cleaned:
        """Return what is left of a picture, or raise one of the refusals of `kernel.files`."""
        if len(content) > PHOTO_BYTES_MAX:
            raise FileTooLarge(bytes_max=PHOTO_BYTES_MAX)
        found = media_type(content)
        if found is None:
            raise FileTypeNotAllowed
        try:
            async with asyncio.timeout(self._wait_seconds):
                await self._turns.acquire()
        except TimeoutError as error:
            raise FilesBusy(headers={"Retry-After": "5"}) from error
        work = asyncio.ensure_future(asyncio.to_thread(self._in_child, content))
        work.add_done_callback(self._release)
        # A caller that goes away does not end the thread, so the turn is not free before it ends.
        told, bodies = await asyncio.shield(work)
        return _cleaned(found, told, bodies)

    def close(self) -> None:
        """End the children that wait for work."""
        while self._idle:
            self._idle.pop().close()

    def _in_child(self, content: bytes) -> tuple[_Told, list[bytes]]:
        child = self._child()
        try:
            answer = child.exchange(content, self._seconds_max)
        except _Broken:
            child.close()
            return _Told(fault="unreadable"), []
        except NoChild:
            child.close()
            raise
        if child.items < self._items_max:
            self._idle.append(child)
        else:
            child.close()
        return answer

    def _child(self) -> Child:
        while True:
            try:
                child = self._idle.pop()
            except IndexError:  # asking first would race with the other thread
                return Child(self._command)
            if child.is_alive:
                return child
            child.close()

    def _release(self, work: "asyncio.Future[tuple[_Told, list[bytes]]]") -> None:
        self._turns.release()
        if not work.cancelled():
            work.exception()  # a caller that went away cannot retrieve it


def _cleaned(found: str, told: _Told, bodies: Sequence[bytes]) -> Cleaned:
    if told.fault is not None:
        raise _REFUSALS[told.fault]
    start, end = _JPEG
    if not bodies or not all(body.startswith(start) and body.endswith(end) for body in bodies):
        raise FileUnreadable
    return Cleaned(
        media_type=found,
        width=told.width,
        height=told.height,
        facts=told.facts,
        renditions=tuple(
            CleanRendition(
                name=rendition.name,
                width=rendition.width,
                height=rendition.height,
                content=content,
            )
            for rendition, content in zip(told.renditions, bodies, strict=True)
        ),
    )
