"""Two processes of one house under signed load while keys turn: nobody is refused, until they are.

What is signed out through one of them is refused by the other's next answer.
"""

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx
import jwt
import msgspec
import pytest_asyncio
from click.testing import CliRunner

from backend.host.cli import main
from backend.identity.keys import SEEN_BY_ALL
from backend.identity.signer import Signer
from backend.kernel.database import Connection
from backend.local.roles import DatabaseUrls
from tests.gateway.serving import environment, started

HOUSE: Final = "http://tinh.test"
TOLD: Final = {
    "TINHS_ENV": "dev",
    "TINHS_BASE_URL": HOUSE,
    "TINHS_IDENTITY_SMS_SENDERS": "file",
    "TINHS_MODULES": "territory",
}
PEOPLE: Final = ("citizen", "citizen-verified", "citizen-parent")
ACCOUNT: Final = "/v1/account"
ROUNDS: Final = 5
"""How often each device asks each process in one go."""


class Device:
    """A phone that signs its requests, and reaches every process of the house."""

    def __init__(self, who: str, lines: tuple[httpx.AsyncClient, ...]) -> None:
        self._who, self._lines = who, lines
        self._signer = Signer()
        self._nonce = ""
        self.token = ""

    async def sign_in(self, at: int) -> None:
        """Open a session through one process; the one before, of this device, ends."""
        wish = {"as": self._who, "jwk": msgspec.to_builtins(self._signer.jwk)}
        answer = await self._lines[at].post("/dev/login", json=wish)
        self.token = answer.raise_for_status().json()["access_token"]

    async def ask(self, at: int, token: str = "") -> httpx.Response:
        """Read one's account through one process, again where that only wants a fresh nonce."""
        answer = await self._sent(at, token or self.token)
        if "use_dpop_nonce" in answer.headers.get("WWW-Authenticate", ""):
            answer = await self._sent(at, token or self.token)
        return answer

    async def sign_out(self, at: int) -> httpx.Response:
        """End the session through one process."""
        proof = self._signer.proof(
            "POST", f"{HOUSE}/oauth/revoke", now=datetime.now(UTC), nonce=self._nonce
        )
        form = {"client_id": "tinhs-app", "token": self.token}
        return await self._lines[at].post("/oauth/revoke", data=form, headers={"DPoP": proof})

    async def _sent(self, at: int, token: str) -> httpx.Response:
        signed = self._signer.headers(
            "GET", HOUSE + ACCOUNT, token, now=datetime.now(UTC), nonce=self._nonce
        )
        answer = await self._lines[at].get(ACCOUNT, headers=signed)
        self._nonce = answer.headers.get("DPoP-Nonce", self._nonce)
        return answer


@pytest_asyncio.fixture(loop_scope="session")
async def lines(
    database: DatabaseUrls, tmp_path: Path
) -> AsyncGenerator[tuple[httpx.AsyncClient, ...]]:
    """Two processes over one database and one store of keys; a line to each."""
    both = [await started(database, tmp_path, **TOLD) for _ in range(2)]
    async with (
        httpx.AsyncClient(base_url=both[0].url, timeout=30) as here,
        httpx.AsyncClient(base_url=both[1].url, timeout=30) as there,
    ):
        yield here, there
    for served in both:
        served.process.terminate()
    for served in both:
        await served.process.wait()


async def rotated(database: DatabaseUrls, folder: Path) -> Any:
    """Type `tinhs keys rotate`; return how it ended and what it says."""
    told = environment(database, folder, port=1, **TOLD)
    return await asyncio.to_thread(CliRunner().invoke, main, ["keys", "rotate"], env=told)


async def age(connection: Connection) -> None:
    """Let the time pass that a key is published before it may sign."""
    await connection.execute(
        "update identity.signing_key set published_at = published_at - $1::interval", SEEN_BY_ALL
    )


async def published(line: httpx.AsyncClient) -> set[str]:
    return {key["kid"] for key in (await line.get("/oauth/jwks")).json()["keys"]}


def header(token: str) -> dict[str, Any]:
    return jwt.get_unverified_header(token)


async def load(devices: list[Device], tokens: list[tuple[Device, str]]) -> list[int]:
    """Ask both processes, all devices at once, with the newest tokens and with all older ones."""

    async def work(device: Device) -> list[int]:
        mine = [token for whose, token in tokens if whose is device]
        asked = [
            await device.ask(at, token) for _ in range(ROUNDS) for at in (0, 1) for token in mine
        ]
        return [answer.status_code for answer in asked]

    return [status for each in await asyncio.gather(*map(work, devices)) for status in each]


async def both_publish(lines: tuple[httpx.AsyncClient, ...], connection: Connection) -> None:
    """Wait until each process knows every living key, as it does within seconds."""
    rows = await connection.fetch("select kid from identity.signing_key where state <> 'dead'")
    living = {row["kid"] for row in rows}
    async with asyncio.timeout(60):
        while any([await published(line) != living for line in lines]):  # noqa: ASYNC110 - theirs
            await asyncio.sleep(0.1)


async def test_keys_rotate_under_load_and_a_sign_out_holds_everywhere(
    lines: tuple[httpx.AsyncClient, ...],
    database: DatabaseUrls,
    connection: Connection,
    tmp_path: Path,
) -> None:
    devices = [Device(who, lines) for who in PEOPLE]
    tokens: list[tuple[Device, str]] = []
    statuses: list[int] = []
    signed_by: list[str] = []

    async def sign_in_everywhere() -> None:
        for place, device in enumerate(devices):
            await device.sign_in(place % 2)
        tokens[:] = [(device, device.token) for device in devices]

    await sign_in_everywhere()
    too_early = await rotated(database, tmp_path)
    for _ in range(2):
        await both_publish(lines, connection)
        await age(connection)
        turned, meanwhile = await asyncio.gather(rotated(database, tmp_path), load(devices, tokens))
        assert turned.exit_code == 0, turned.output
        signed_by.append(turned.output.split()[0])
        statuses += meanwhile + await load(devices, tokens)

    await both_publish(lines, connection)
    old = list(tokens)
    await sign_in_everywhere()
    assert {header(device.token)["kid"] for device in devices} == {signed_by[-1]}
    assert signed_by[-1] not in {header(token)["kid"] for _, token in old}
    statuses += await load(devices, tokens)
    leaving, *staying = devices
    ended = await leaving.sign_out(0)
    after = await leaving.ask(1)

    assert (too_early.exit_code, len(statuses)) == (1, 5 * len(devices) * 2 * ROUNDS)
    assert len(set(signed_by)) == 2
    assert set(statuses) == {200}
    assert (ended.status_code, after.status_code) == (200, 401)
    assert [(await device.ask(1)).status_code for device in staying] == [200] * len(staying)
