"""The gateway in front of a real server: slow lines, large bodies, a stop in the middle of work.

One process serves all tests of this file. What takes seconds is done together: the house gives a
slow line five seconds, and a test that waits shorter would not have seen it end.
"""

import asyncio
import os
import signal
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from backend.host.registry import discover
from backend.kernel import Module
from backend.local.roles import DatabaseUrls

from .serving import Served, started

SLOW_LINES = 30
PATIENCE_SECONDS = 10
JSON_HEAD = b"POST /v1/x HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


@pytest.fixture(scope="module")
def modules() -> Sequence[Module]:
    return discover()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("served")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def served(database: DatabaseUrls, folder: Path) -> AsyncGenerator[Served]:
    found = await started(database, folder)
    yield found
    found.process.terminate()
    await found.process.wait()


async def drip(served: Served, head: bytes) -> bytes:
    """Send a head, then a byte every half second; return all that came back until the end."""
    reader, writer = await served.line()
    answered = asyncio.ensure_future(reader.read())
    try:
        writer.write(head)
        while not answered.done():
            await asyncio.wait({answered}, timeout=0.5)
            writer.write(b"a")
            await writer.drain()
    except (ConnectionError, BrokenPipeError):
        pass
    finally:
        writer.close()
    try:
        return await answered
    except ConnectionError:
        return b""


async def test_slow_lines_are_closed_and_others_are_served_meanwhile(served: Served) -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    heads = [
        b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ",
        JSON_HEAD + b"Content-Length: 5000\r\n\r\n",
        JSON_HEAD + b"Transfer-Encoding: chunked\r\n\r\n5000\r\n",
    ]
    dripping = [
        asyncio.ensure_future(drip(served, heads[number % len(heads)]))
        for number in range(SLOW_LINES)
    ]
    await asyncio.sleep(1)

    async with httpx.AsyncClient(timeout=60) as client:
        meanwhile = [await client.get(f"{served.url}/problems") for _ in range(20)]
    async with asyncio.timeout(PATIENCE_SECONDS):
        answers = await asyncio.gather(*dripping)

    assert [told.status_code for told in meanwhile] == [200] * 20
    assert loop.time() - began < PATIENCE_SECONDS
    bodies = [told for number, told in enumerate(answers) if number % len(heads)]
    for told in bodies:
        assert told.startswith(b"HTTP/1.1 408 ")
        assert b"connection: close" in told.lower()
        assert b"/problems/kernel/body-too-slow" in told


async def test_a_large_body_is_refused_without_being_kept(served: Served) -> None:
    before = served.memory_bytes()

    declared = [declared_large(served) for _ in range(5)]
    endless = [endless_chunks(served) for _ in range(5)]
    async with asyncio.timeout(PATIENCE_SECONDS):
        answers = await asyncio.gather(*declared, *endless)

    for told in answers:
        assert told == b"" or told.startswith(b"HTTP/1.1 413 ")  # or it was reset, unread
    assert any(told.startswith(b"HTTP/1.1 413 ") for told in answers)
    assert served.memory_bytes() - before < 32 * 1024 * 1024


async def declared_large(served: Served) -> bytes:
    head = JSON_HEAD + b"Content-Length: 50000000\r\n\r\n"
    return await poured(served, head, b"a" * 65_536)


async def endless_chunks(served: Served) -> bytes:
    head = JSON_HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
    return await poured(served, head, b"10000\r\n" + b"a" * 65_536 + b"\r\n")


async def test_who_is_still_sending_when_refused_learns_why(served: Served) -> None:
    photo = b"a" * 300_000
    head = b"POST /v1/files HTTP/1.1\r\nHost: x\r\nContent-Type: image/jpeg\r\n"
    reader, writer = await served.line()

    writer.write(head + b"Content-Length: %d\r\n\r\n" % (4 * len(photo)))
    for _ in range(4):
        await asyncio.sleep(0.05)
        writer.write(photo)
        await writer.drain()
    refused = await reader.readuntil(b"\r\n\r\n")
    await reader.readuntil(b"}")
    writer.write(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
    next_answer = await reader.readline()
    writer.close()

    assert refused.startswith(b"HTTP/1.1 401 ")
    assert next_answer == b"HTTP/1.1 200 OK\r\n"


async def poured(served: Served, head: bytes, more: bytes) -> bytes:
    """Send as fast as the house takes it, until it answers or hangs up; return its first line."""
    reader, writer = await served.line()
    answered = asyncio.ensure_future(reader.readline())
    try:
        writer.write(head)
        for _ in range(800):
            if answered.done():
                break
            writer.write(more)
            await writer.drain()
    except (ConnectionError, BrokenPipeError):
        pass
    finally:
        writer.close()
    try:
        return await answered
    except ConnectionError:
        return b""


async def test_damaged_requests_are_answered_or_hung_up_on_and_never_a_500(
    served: Served,
) -> None:
    whole = (
        b"POST /v1/x?a=b HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Content-Length: 2\r\n\r\n{}"
    )
    damages: list[bytes] = [
        whole.replace(b"/v1/x", path)
        for path in (b"/%00", b"/%ff", b"/%zz", b"/\xff", b"*", b"", b"//", b"/a b", b"x" * 9000)
    ]
    damages += [
        whole.replace(b"POST", b"BREW"),
        whole.replace(b"Content-Length: 2", b"Content-Length: -2"),
        whole.replace(b"Content-Length: 2", b"Content-Length: 2\r\nContent-Length: 3"),
        whole.replace(b"Host: x", b"Host: x y"),
        whole.replace(b"Host: x", b"Host: x\r\nX-Large: " + b"a" * 20_000),
        whole.replace(b"Host: x\r\n", b"Host: x\r\n" + b"A: b\r\n" * 200),
        whole.replace(b"HTTP/1.1", b"HTTP/9.9"),
        whole.replace(b"json", b"json; charset=utf-16"),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # a TLS greeting
    ]

    for damaged in damages:
        told = await asked(served, damaged)
        assert told == b"" or told.startswith(b"HTTP/1."), damaged
        assert b" 500 " not in told.split(b"\r\n", 1)[0], damaged

    async with httpx.AsyncClient(timeout=60) as client:
        assert (await client.get(f"{served.url}/startupz")).status_code == 200


async def asked(served: Served, request: bytes) -> bytes:
    reader, writer = await served.line()
    writer.write(request)
    try:
        async with asyncio.timeout(0.5):
            return await reader.read(65_536)
    except (TimeoutError, ConnectionError):
        return b""
    finally:
        writer.close()


async def test_a_stop_finishes_what_is_in_hand(database: DatabaseUrls, folder: Path) -> None:
    served = await started(database, folder)
    lines: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
    for _ in range(40):
        reader, writer = await served.line()
        writer.write(JSON_HEAD + b"Content-Length: 12\r\n\r\n")
        await writer.drain()
        lines.append((reader, writer))
    await asyncio.sleep(0.3)

    os.kill(served.process.pid, signal.SIGTERM)
    await asyncio.sleep(0.3)
    answers: list[Any] = []
    for reader, writer in lines:
        writer.write(b'{"a": "bcd"}')
        answers.append(await asyncio.wait_for(reader.readline(), PATIENCE_SECONDS))
        writer.close()
    code = await asyncio.wait_for(served.process.wait(), PATIENCE_SECONDS)

    assert answers == [b"HTTP/1.1 404 Not Found\r\n"] * 40  # read to the end, then answered
    assert code == 0
