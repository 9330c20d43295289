"""A daemon that speaks clamd's protocol and knows one virus: the one that is made to be known."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
STREAM_BYTES_MAX = 4_000_000


async def _stream(reader: asyncio.StreamReader) -> bytes | None:
    """Return what came in chunks, or None when it was too much."""
    content = b""
    while size := int.from_bytes(await reader.readexactly(4)):
        content += await reader.readexactly(size)
        if len(content) > STREAM_BYTES_MAX:
            return None
    return content


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        command = await reader.readuntil(b"\0")
        if command != b"zINSTREAM\0":
            writer.write(b"UNKNOWN COMMAND\0")
            return
        content = await _stream(reader)
        if content is None:
            writer.write(b"INSTREAM size limit exceeded. ERROR\0")
        elif EICAR in content:
            writer.write(b"stream: Eicar-Test-Signature FOUND\0")
        else:
            writer.write(b"stream: OK\0")
        await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


@asynccontextmanager
async def listening(socket: Path) -> AsyncGenerator[str]:
    """Listen for a block; the value is the address as a setting has it."""
    server = await asyncio.start_unix_server(_serve, socket)
    try:
        yield f"unix:{socket}"
    finally:
        server.close()
        socket.unlink(missing_ok=True)


@asynccontextmanager
async def saying(answer: bytes | None) -> AsyncGenerator[str]:
    """Answer every request with the same bytes, whatever it asks; never, when there are none."""
    done = asyncio.Event()

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if answer is None:
            await done.wait()
        else:
            writer.write(answer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        done.set()
        server.close()
