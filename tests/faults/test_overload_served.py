"""R9: three times what a real server can do, measured on it, for as long as it takes to drown.

`tinhs serve` over PostgreSQL, with a look-up that holds one of its two connections for 40 ms: what
it can do is bounded by its connections, as that of a house is whose database is slow. How much that
is, is measured by callers who wait for each other. Then callers come at three times that pace,
whether anybody answers or not, and go away after a second. Counts are compared with counts of the
same minute, never milliseconds.
"""

import asyncio
import statistics
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlencode

import httpx
import msgspec
import pytest

from backend.host.registry import discover
from backend.kernel import Module
from backend.local.roles import DatabaseUrls
from tests.faults.only import faults
from tests.gateway.serving import Served, started

pytestmark = faults

LOOK_UP = "/v1/slow"
CONNECTIONS = 2
TIMES = 3
CALLERS = 3 * CONNECTIONS
MEASURED_SECONDS = 3
STORM_SECONDS = 8
PATIENCE_SECONDS = 1.0
REDIRECT = "https://app.tinh.example/back"
WISH = {
    "client_id": "tinhs-app",
    "response_type": "code",
    "redirect_uri": REDIRECT,
    "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    "code_challenge_method": "S256",
}
SLOW_HOUSE = (sys.executable, "-m", "tests.faults.slow_house")


@pytest.fixture(scope="module")
def modules() -> Sequence[Module]:
    return discover(guests=())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("served")


class Seen(msgspec.Struct, frozen=True):
    """One answer; status 0 when its caller had gone."""

    status: int
    retry_after: bool = False


class Lines:
    """Kept lines to a server; each carries one request at a time, and more are opened at need."""

    def __init__(self, served: Served) -> None:
        self._served = served
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self._request = f"GET {LOOK_UP} HTTP/1.1\r\nHost: x\r\n\r\n".encode()

    async def ask(self) -> Seen:
        """Ask once, and go away when nothing has come for a second."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                reader, writer = self._idle.pop() if self._idle else await self._served.line()
        except (TimeoutError, OSError):
            return Seen(0)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                writer.write(self._request)
                seen = await _answer(reader)
        except (TimeoutError, OSError, EOFError):
            writer.close()
            return Seen(0)
        self._idle.append((reader, writer))
        return seen

    def close(self) -> None:
        for _, writer in self._idle:
            writer.close()


async def _answer(reader: asyncio.StreamReader) -> Seen:
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    lengths = [int(line[15:]) for line in lines if line.startswith(b"content-length:")]
    await reader.readexactly(lengths[0])
    return Seen(int(head[9:12]), any(line.startswith(b"retry-after:") for line in lines))


async def capacity(lines: Lines) -> float:
    """Return how many a second are served to callers who each wait for their answer."""
    loop = asyncio.get_running_loop()
    end = loop.time() + MEASURED_SECONDS
    served = 0

    async def call() -> None:
        nonlocal served
        while loop.time() < end:
            seen = await lines.ask()  # before the sum is read: others add to it meanwhile
            served += seen.status == 200

    await asyncio.gather(*(call() for _ in range(CALLERS)))
    return served / MEASURED_SECONDS


async def storm(lines: Lines, pace: float) -> list[Seen]:
    """Ask `pace` times a second, whatever comes back."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    calls: list[asyncio.Task[Seen]] = []
    while (passed := loop.time() - began) < STORM_SECONDS:
        while len(calls) < passed * pace:
            calls.append(asyncio.create_task(lines.ask()))
        await asyncio.sleep(0.002)
    return await asyncio.gather(*calls)


async def signing_in(served: Served, until: asyncio.Event) -> list[tuple[int, int, int]]:
    """Go as far towards signing in as an app gets alone, over and over; return what came."""
    found: list[tuple[int, int, int]] = []
    async with httpx.AsyncClient(base_url=served.url, timeout=60) as app:
        while not until.is_set():
            pushed = await app.post("/oauth/par", data=WISH)
            asked = {"client_id": WISH["client_id"], "request_uri": "?"}
            with suppress(ValueError, KeyError):
                asked["request_uri"] = pushed.json()["request_uri"]
            sent_on = await app.get(f"/oauth/authorize?{urlencode(asked)}")
            crumb = sent_on.headers.get("set-cookie", "").partition(";")[0]
            where = sent_on.headers.get("location", "/login/")
            page = await app.get(where, headers={"Cookie": crumb})
            found.append((pushed.status_code, sent_on.status_code, page.status_code))
            await asyncio.sleep(0.5)
    return found


async def ready(served: Served, until: asyncio.Event) -> Counter[int]:
    """Ask now and then whether the server may be sent requests; return what it said."""
    said: Counter[int] = Counter()
    async with httpx.AsyncClient(base_url=served.url, timeout=60) as balancer:
        while not until.is_set():
            said[(await balancer.get("/readyz")).status_code] += 1
            await asyncio.sleep(0.3)
    return said


class Storm(msgspec.Struct, frozen=True):
    """What a server can do, and what came of three times that."""

    can: float
    seen: list[Seen]
    signed_in: list[tuple[int, int, int]]
    readiness: Counter[int]


async def stormed(database: DatabaseUrls, folder: Path, *how: str) -> Storm:
    served = await started(
        database,
        folder,
        command=(*SLOW_HOUSE, *how),
        TINHS_DATABASE_POOL=str(CONNECTIONS),
        TINHS_IDENTITY_APP_REDIRECT_URIS=REDIRECT,
    )
    lines, done = Lines(served), asyncio.Event()
    try:
        before = [await capacity(lines) for _ in range(2)]
        beside = asyncio.gather(signing_in(served, done), ready(served, done))
        seen = await storm(lines, TIMES * max(before))
        done.set()
        signed_in, readiness = await beside
        after = [await capacity(lines) for _ in range(2)]
    finally:
        lines.close()
        served.process.terminate()
        await served.process.wait()
    # The machine may have had other things to do in one of them.
    return Storm(statistics.median([*before, *after]), seen, signed_in, readiness)


def part_served(storm: Storm) -> float:
    """Return which part of what could be done was done while its caller still waited."""
    return sum(each.status == 200 for each in storm.seen) / (storm.can * STORM_SECONDS)


def tell(storm: Storm) -> None:
    """Show whoever asks with `-s` what was counted."""
    counts = Counter(each.status for each in storm.seen)
    part = part_served(storm)
    beside = f"sign-ins {Counter(storm.signed_in)}, ready {storm.readiness}"
    sys.stdout.write(
        f"{storm.can:.0f}/s; of three times that {dict(counts)}: {part:.2f}; {beside}\n"
    )


async def test_real_servers_do_what_they_can_and_refuse_the_rest_at_once(
    database: DatabaseUrls, folder: Path
) -> None:
    storm = await stormed(database, folder)

    tell(storm)
    refused = [each for each in storm.seen if each.status == 503]
    assert len(refused) > len(storm.seen) / 2
    assert all(each.retry_after for each in refused)
    assert part_served(storm) >= 0.85
    assert set(storm.signed_in) == {(201, 303, 200)}
    assert set(storm.readiness) == {200}


async def test_real_servers_that_shed_nothing_work_for_callers_who_have_gone(
    database: DatabaseUrls, folder: Path
) -> None:
    """The control: the same storm, and everybody let in."""
    storm = await stormed(database, folder, "unshed")

    tell(storm)
    assert part_served(storm) < 0.5
