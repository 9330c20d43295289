"""R5, R6: a real server that is killed or replaced, or too patient with slow lines."""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from backend.host.registry import discover
from backend.kernel import Module
from backend.local.roles import DatabaseUrls
from tests.faults.only import faults
from tests.gateway.serving import Served, started
from tests.journeys.test_kills import kin

pytestmark = faults

HEAD = b"POST /v1/x HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 12\r\n"
BODY = b'{"a": "bcd"}'
IN_HAND = 40
ASKED, CALLERS = 1000, 4
LINES = 10
CLOSED_SECONDS = 10
PATIENT = """
from backend.host import cli, serve
serve._HEADER_MILLISECONDS = 60_000
cli.main(["serve"])
"""


@pytest.fixture(scope="module")
def modules() -> Sequence[Module]:
    return discover(guests=())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What all servers of this database share: its keys."""
    return tmp_path_factory.mktemp("served")


async def begun(served: Served) -> list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Send the heads of requests that the house then has in hand."""
    lines = [await served.line() for _ in range(IN_HAND)]
    for _, writer in lines:
        writer.write(HEAD + b"\r\n")
        await writer.drain()
    await asyncio.sleep(0.5)
    return lines


async def finished(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    """Send the body; return the first line of the answer, or nothing."""
    try:
        writer.write(BODY)
        return await asyncio.wait_for(reader.readline(), 60)
    except ConnectionError:
        return b""
    finally:
        writer.close()


async def test_a_kill_drops_what_is_in_hand(database: DatabaseUrls, folder: Path) -> None:
    """The control: the same forty requests, and nobody who lets the house finish them."""
    served = await started(database, folder)
    lines = await begun(served)

    for pid in (served.process.pid, *kin(served.process.pid, "")):
        with suppress(ProcessLookupError):  # it went with the first
            os.kill(pid, signal.SIGKILL)
    await served.process.wait()

    assert [await finished(*line) for line in lines] == [b""] * IN_HAND


async def dripping(served: Served, seconds: float) -> list[bool]:
    """Send a byte of a header now and then on each line; tell which of them are still open."""
    lines = [await served.line() for _ in range(LINES)]
    answers: list[Any] = [asyncio.ensure_future(reader.read()) for reader, _ in lines]
    for _, writer in lines:
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")
    end = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < end and not all(each.done() for each in answers):
        for (_, writer), answer in zip(lines, answers, strict=True):
            if not answer.done():
                writer.write(b"a")
        await asyncio.sleep(0.5)
    is_open = [not answer.done() for answer in answers]
    for _, writer in lines:
        writer.close()
    await asyncio.gather(*answers, return_exceptions=True)
    return is_open


@pytest.mark.parametrize("is_patient", [False, True])
async def test_the_patience_of_the_server_is_what_slow_headers_live_on(
    database: DatabaseUrls, folder: Path, *, is_patient: bool
) -> None:
    """The control: with a minute for a header, every slow line is open when ours are closed."""
    ours = Served.COMMAND
    command = (sys.executable, "-c", PATIENT) if is_patient else ours
    served = await started(database, folder, command=command)

    still_open = await dripping(served, CLOSED_SECONDS)
    served.process.terminate()
    await served.process.wait()

    assert still_open == [is_patient] * LINES


async def told(serving: Sequence[Served], first: int) -> httpx.Response:
    """Ask as a proxy does: for whoever does not take it, the next (RFC 9110 §9.2.2)."""
    for place in range(first, first + len(serving) + 1):
        with suppress(httpx.TransportError):
            async with httpx.AsyncClient(timeout=60) as line:
                served = serving[place % len(serving)]
                return await line.get(f"{served.url}/v1/territory/units?limit=1")
    raise AssertionError("nobody took it", first)


async def test_a_rolling_restart_changes_every_process_and_refuses_nobody(
    database: DatabaseUrls, folder: Path
) -> None:
    """A deploy, and the only reload there is: one process after the other, under look-ups."""
    before, after = {"TINHS_REQUESTS_PER_MINUTE": "700"}, {"TINHS_REQUESTS_PER_MINUTE": "800"}
    serving = [await started(database, folder, **before) for _ in range(2)]
    answers: list[httpx.Response] = []
    changed = asyncio.Event()

    async def ask(caller: int) -> None:
        while not changed.is_set() or len(answers) < ASKED:
            answers.append(await told(serving, caller))
            await asyncio.sleep(0.02)  # the machine has servers to start as well

    asking = asyncio.gather(*(ask(caller) for caller in range(CALLERS)))
    try:
        for place in range(len(serving)):
            serving[place].process.terminate()
            await serving[place].process.wait()
            serving[place] = await started(database, folder, **after)
        changed.set()
        await asking
        last = [await told([each], 0) for each in serving]
    finally:
        asking.cancel()
        for each in serving:
            with suppress(ProcessLookupError):
                each.process.terminate()
            await each.process.wait()

    assert len(answers) >= ASKED
    assert {answer.status_code for answer in answers} == {200}
    assert ["q=800" in answer.headers["ratelimit-policy"] for answer in last] == [True, True]
