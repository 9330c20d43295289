"""R20: the same mixed hour again and again; what each round leaves behind is counted, not guessed.

Memory is counted in allocated blocks of the interpreter: whatever is kept for a request is a block
at least. So a leak of one small thing a request shows after some hundred requests, on any machine.
"""

import gc
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from io import BytesIO
from typing import Any
from uuid import UUID

import httpx
import pytest
from litestar import get

from backend.gateway.logs import Journal
from backend.host.registry import discover
from backend.identity.scopes import READ
from backend.kernel import Anyone, Module
from backend.kernel.database import Connection
from backend.testing import Caller, Client, Clock
from contracts.demo import HAC_THANH
from tests.faults.only import faults

pytestmark = faults
OWN = pytest.importorskip("modules.feedback.scopes").OWN
Settings = pytest.importorskip("modules.feedback.settings").Settings

WARMING, ROUNDS = 200, 60
REQUESTS = 12
"""Of one round."""
LEFT_MAX = 0.2
"""Blocks a request: room for what fills up slowly and ends, as caches do."""
REPORT = {
    "category": "roads",
    "text": "Ổ gà sâu trước cổng trường, trời mưa không thấy.",
    "commune_code": HAC_THANH,
    "location": {"lat": 19.8066, "lon": 105.7851},
    "wish": "not_public",
}

_kept: list[bytes] = []


@get("/kept", guards=[Anyone()])
async def keep() -> dict[str, int]:
    _kept.append(bytes(64))
    return {"kept": len(_kept)}


class Nowhere(BytesIO):
    """A log that is written and not kept."""

    def write(self, _: Any) -> int:
        return 0


@pytest.fixture(scope="module")
def modules() -> Sequence[Module]:
    return [*discover(guests=()), Module(name="hoard", routes=(keep,))]


@pytest.fixture(scope="module")
def settings(settings: Mapping[Any, Any]) -> Mapping[Any, Any]:
    """Let one person file as often as it takes."""
    return {**settings, Settings: Settings(account_hourly=1_000_000, account_daily=1_000_000)}


@pytest.fixture(scope="module")
def journal() -> Journal:
    return Journal(Nowhere())


async def left_by(work: Callable[[], Awaitable[None]]) -> float:
    """Return how many blocks each round leaves behind, once caches are warm."""
    for _ in range(WARMING):
        await work()
    gc.collect()
    before = sys.getallocatedblocks()
    for _ in range(ROUNDS):
        await work()
    gc.collect()
    return (sys.getallocatedblocks() - before) / ROUNDS


async def connections(connection: Connection) -> int:
    return await connection.fetchval(
        "select count(*) from pg_stat_activity where datname = current_database()"
    )


@pytest.fixture
def a_round(
    client: Client,
    as_citizen: Callable[..., Caller],
    as_staff: Callable[..., Caller],
    drain: Callable[[], Awaitable[Any]],
    clock: Clock,
) -> Callable[[], Awaitable[None]]:
    """A second of everybody: they read, file, look for what is not there, send nonsense."""
    citizen = as_citizen(OWN, READ)
    officer = as_staff("moderator", areas=[HAC_THANH])
    nobodys = UUID(int=7)
    own: list[str] = []

    async def live() -> None:
        clock.advance(seconds=1)  # so that every token lives through all of it
        filed = await citizen.post("/v1/feedback/reports", json=REPORT)
        own[:] = own or [filed.json()["id"]]
        answers: list[httpx.Response] = [
            # Always the same: what remembers addresses, as routers do, forgets the oldest in time.
            await citizen.get(f"/v1/feedback/reports/{own[0]}"),
            await citizen.get("/v1/feedback/me/reports?limit=20"),
            await citizen.get("/v1/account"),
            await officer.get("/v1/feedback/desk/reports?limit=20"),
            await client.get("/v1/feedback/public/reports?limit=20"),
            await client.get("/v1/territory/search?q=hac thanh"),
            await client.get("/v1/territory/units?limit=20"),
        ]
        refusals = [
            await citizen.get(f"/v1/feedback/reports/{nobodys}"),
            await client.get("/v1/account"),
            await citizen.post("/v1/feedback/reports", json={**REPORT, "category": "no such"}),
            await citizen.post("/v1/feedback/reports", content=b"{"),
        ]
        await drain()
        assert [each.status_code for each in (filed, *answers)] == [201, *[200] * len(answers)]
        assert all(400 <= each.status_code < 500 for each in refusals)
        assert 1 + len(answers) + len(refusals) == REQUESTS

    return live


async def test_rounds_leave_neither_memory_nor_connections_behind(
    a_round: Callable[[], Awaitable[None]], client: Client, connection: Connection
) -> None:
    await a_round()
    pools = [client.app.state.pool, client.app.state.auth_pool]
    before = await connections(connection)

    left = await left_by(a_round)

    assert left / REQUESTS <= LEFT_MAX
    assert await connections(connection) <= before
    assert [pool.free for pool in pools] == [pool._size for pool in pools]
    assert [pool.waiting for pool in pools] == [0, 0]


async def test_one_small_thing_kept_for_each_request_is_noticed(client: Client) -> None:
    """The control: a leak is planted, of 64 bytes a request."""

    async def ask() -> None:
        for _ in range(REQUESTS):
            assert (await client.get("/v1/hoard/kept")).status_code == 200

    left = await left_by(ask)

    assert left / REQUESTS > LEFT_MAX
