"""Attacks of the design's list that no other file tries from outside, each to its answer."""

import asyncio
from typing import Any

import pytest

from backend.identity.authority import Authority
from backend.testing import Client, Clock
from backend.testing.callers import BASE_URL
from tests.identity.phone_app import NewApp
from tests.identity.proving import PATH, challenge

RANGE = "+8498765"
COME_BACK = "update identity.otp_challenge set consumed_at = asked_at"


@pytest.mark.parametrize(
    "head",
    [{"kid": "unknown"}, {"jku": "https://evil.example/jwks"}, {"crit": ["exp"]}, {"typ": "JWT"}],
    ids=str,
)
async def test_a_token_that_we_did_not_sign_like_that_is_invalid(
    client: Client, authority: Authority, clock: Clock, forger: Any, head: dict[str, Any]
) -> None:
    token = forger.token(head=head).decode()
    nonce = authority.proofs.nonce(clock.now)
    url = f"{BASE_URL}{PATH}"
    headers = forger.signer.headers("GET", url, token, now=clock.now, nonce=nonce)

    answer = await client.get(PATH, headers=headers)

    assert (answer.status_code, challenge(answer)) == (401, "invalid_token")


async def test_a_range_of_numbers_gets_fifty_an_hour_however_many_ask(
    new_app: NewApp, authority: Authority, clock: Clock
) -> None:
    """Each from an address of its own, and with every code coming back, as a fraud would do it."""
    first, apps = new_app(), []
    for number in range(60):
        if number % 25 == 0:
            clock.advance(minutes=1)
        apps.append(await first.beside().begin())

    async def ask(number: int) -> int:
        app = apps[number]
        answer = await app.client.post(
            f"{app.path}/phone",
            data={"phone": f"{RANGE}{number:04}"},
            headers={
                "Cookie": f"__Host-ix={app.cookie}",
                "Sec-Fetch-Site": "same-origin",
                "X-Forwarded-For": f"203.0.113.{number}",
            },
        )
        return answer.status_code

    statuses: list[int] = []
    for chunk in range(0, 60, 15):
        statuses += await asyncio.gather(*(ask(chunk + number) for number in range(15)))
        async with authority.transaction() as tx:
            connection: Any = tx._connection
            await connection.execute(COME_BACK)

    assert sorted(statuses) == [303] * 50 + [429] * 10
