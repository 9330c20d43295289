"""A bridge beside a one-stop system, over HTTP, as `HttpSystem` asks one."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec

from contracts.public_services import DossierSystem

TOKEN = "only-we-and-the-bridge-know"  # noqa: S105


@asynccontextmanager
async def bridge(system: Callable[[], DossierSystem]) -> AsyncGenerator[str]:
    """Serve what a system tells on a port of its own; yield the address."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        status, body = await _answer(system(), head)
        lines = (f"HTTP/1.1 {status} x", f"Content-Length: {len(body)}", "Connection: close")
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def _answer(system: DossierSystem, head: str) -> tuple[int, bytes]:
    if f"authorization: bearer {TOKEN}".lower() not in head.lower():
        return 401, b""
    url = urlsplit(head.split(" ", 2)[1])
    if url.path == "/changes":
        cursor = parse_qs(url.query, keep_blank_values=True)["cursor"][0]
        return 200, msgspec.json.encode(await system.changes_since(cursor))
    news = await system.dossier(unquote(url.path.removeprefix("/dossiers/")))
    return (200, msgspec.json.encode(news)) if news.dossiers else (404, b"")
