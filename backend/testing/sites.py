"""Programs outside the house, played on this machine by a test that says what they answer."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Final

import msgspec

_NOTHING_SENT: Final = "0"


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A request that came."""

    method: str
    path: str
    """With its query, as it was sent."""
    headers: Mapping[str, str]
    """By their names in lower case."""
    body: bytes


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What is answered to it."""

    status: int = 200
    headers: Mapping[str, str] = {}
    body: bytes = b""


class Site:
    """An address of this machine at which somebody answers, and what was asked there so far."""

    def __init__(self, answer: Callable[[Asked], Told]) -> None:
        self.answer = answer
        self.asked: list[Asked] = []
        self.port = 0

    @property
    def url(self) -> str:
        """Where it is, without a final slash."""
        return f"http://localhost:{self.port}"

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request, and hang up; also on who says nothing that is one."""
        try:
            await self._talk(reader, writer)
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").splitlines()
        method, path, _ = first.split(" ")
        named = (line.partition(": ") for line in lines if line)
        headers = {name.lower(): value for name, _, value in named}
        body = await reader.readexactly(int(headers.get("content-length", _NOTHING_SENT)))
        self.asked.append(Asked(method=method, path=path, headers=headers, body=body))
        told = self.answer(self.asked[-1])
        given = {**told.headers, "Content-Length": str(len(told.body)), "Connection": "close"}
        head = [f"HTTP/1.1 {told.status} -", *(f"{name}: {given[name]}" for name in given), "", ""]
        writer.write("\r\n".join(head).encode() + told.body)
        await writer.drain()


@asynccontextmanager
async def standing(answer: Callable[[Asked], Told]) -> AsyncGenerator[Site]:
    """Lend a site that answers like this: `async with standing(lambda _: Told()) as site`."""
    site = Site(answer)
    server = await asyncio.start_server(site.talk, "127.0.0.1", 0)
    site.port = server.sockets[0].getsockname()[1]
    async with server:
        yield site
