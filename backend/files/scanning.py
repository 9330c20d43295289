"""Ask a scanner whether bytes of a stranger are known to do harm: clamd, over its own protocol.

Pictures are drawn anew and need no scanner. What is kept as it came does: originals, and films,
whose frames are the sender's. `clamd` (the library) is synchronous, and the protocol is one
command: `zINSTREAM`, chunks with their length in front, an empty one, a line back (clamd(8)).
"""

import asyncio
import re
from contextlib import suppress
from typing import Final, Literal, Protocol, TypeAlias

Verdict: TypeAlias = Literal["clean", "infected"]

_CHUNK_BYTES: Final = 1 << 16
_ANSWER_BYTES_MAX: Final = 4096
_ADDRESS: Final = re.compile(
    r"unix:(?P<path>/\S+)|(?P<host>[\w.-]+|\[[0-9a-fA-F:]+\]):(?P<port>\d{1,5})"
)


class ScannerAway(Exception):
    """No verdict: nobody answers, in time, in a way that can be believed. Ask again later."""


class Scanner(Protocol):
    """Tells harm from the rest. `tests/files/test_scanning.py` holds what every one promises."""

    async def judge(self, content: bytes) -> Verdict:
        """Return what is known of these bytes. Raises `ScannerAway`."""
        ...


class Clamd:
    """The daemon of ClamAV, at `unix:/run/clamav/clamd.ctl` or `host:port`."""

    def __init__(self, address: str, *, seconds_max: float = 60) -> None:
        found = _ADDRESS.fullmatch(address)
        if found is None:
            raise ValueError("TINHS_FILES_SCANNER is `unix:/path`, `host:port` or `none`")
        self._path, self._host = found["path"], (found["host"] or "").strip("[]")
        self._port = int(found["port"] or 0)
        self._seconds_max = seconds_max

    async def judge(self, content: bytes) -> Verdict:
        """Return clamd's verdict. Raises `ScannerAway`, also for bytes that it calls too many."""
        try:
            async with asyncio.timeout(self._seconds_max):
                return _verdict(await self._asked(content))
        except (OSError, EOFError, TimeoutError, asyncio.LimitOverrunError) as error:
            raise ScannerAway from error

    async def _asked(self, content: bytes) -> bytes:
        if self._path is not None:
            reader, writer = await asyncio.open_unix_connection(self._path)
        else:
            reader, writer = await asyncio.open_connection(self._host, self._port)
        try:
            with suppress(ConnectionError):  # it may have answered before it had heard everything
                writer.write(b"zINSTREAM\0")
                for start in range(0, len(content), _CHUNK_BYTES):
                    chunk = content[start : start + _CHUNK_BYTES]
                    writer.write(len(chunk).to_bytes(4) + chunk)
                    await writer.drain()
                writer.write(bytes(4))
                await writer.drain()
            return await reader.readuntil(b"\0")
        finally:
            writer.close()


def _verdict(answer: bytes) -> Verdict:
    """Read `stream: OK` and `stream: NAME FOUND`; anything else is no verdict."""
    text = answer[:_ANSWER_BYTES_MAX].rstrip(b"\0\n")
    if text == b"stream: OK":
        return "clean"
    if text.startswith(b"stream: ") and text.endswith(b" FOUND"):
        return "infected"
    raise ScannerAway(text.decode(errors="replace"))
