"""A sign-out at the identity provider ends what began there."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from backend.testing import Client
from tests.identity.idp import Idp
from tests.identity.phone_app import NewApp
from tests.identity.upstream.rounds import sign_in


async def log_out(client: Client, token: str, name: str = "vneid") -> httpx.Response:
    return await client.post(f"/oauth/backchannel-logout/{name}", data={"logout_token": token})


async def test_a_sign_out_there_ends_the_session_that_began_with_it(
    new_app: NewApp, idp: Idp, client: Client
) -> None:
    sub = uuid4().hex
    here, there = new_app(), new_app()
    first = await sign_in(here, idp, sub, sid="first")
    second = await sign_in(there, idp, sub, sid="second")

    answer = await log_out(client, idp.logout(sid="first"))

    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert (await here.account(first["access_token"])).status_code == 401
    assert (await here.refresh(first["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await there.account(second["access_token"])).status_code == 200


async def test_a_sign_out_of_a_person_ends_all_that_began_there_and_nothing_else(
    new_app: NewApp, idp: Idp, client: Client, phone: str
) -> None:
    sub = uuid4().hex
    one, two, by_phone = new_app(), new_app(), new_app()
    first, second = await sign_in(one, idp, sub), await sign_in(two, idp, sub)
    stranger = await by_phone.sign_in(phone)

    await log_out(client, idp.logout(sub=sub))

    assert (await one.account(first["access_token"])).status_code == 401
    assert (await two.account(second["access_token"])).status_code == 401
    assert (await by_phone.account(stranger["access_token"])).status_code == 200


async def test_a_logout_token_works_once(new_app: NewApp, idp: Idp, client: Client) -> None:
    sub = uuid4().hex
    token = idp.logout(sub=sub)
    first = await log_out(client, token)
    tokens = await sign_in(app := new_app(), idp, sub)

    again = await log_out(client, token)

    assert (first.status_code, again.status_code) == (200, 400)
    assert again.json()["error"] == "invalid_request"
    assert (await app.account(tokens["access_token"])).status_code == 200


@pytest.mark.parametrize(
    "lie",
    [
        {"iss": "https://evil.example"},
        {"aud": "somebody"},
        {"exp": 1},
        {"exp": 4_000_000_000},
        {"jti": None},
        {"sub": None},
        {"nonce": "like an ID token's"},
        {"events": None},
        {"events": {"something": {}}},
        {"head": {"typ": "JWT"}},
        {"head": {"typ": ""}},
        {"head": {"forged": True}},
        {"head": {"alg": "none"}},
    ],
    ids=str,
)
async def test_a_logout_token_that_cannot_be_believed_ends_nothing(
    new_app: NewApp, idp: Idp, client: Client, lie: dict[str, Any]
) -> None:
    sub = uuid4().hex
    tokens = await sign_in(app := new_app(), idp, sub)

    answer = await log_out(client, idp.logout(**{"sub": sub, **lie}))

    assert answer.status_code == 400
    assert (await app.account(tokens["access_token"])).status_code == 200


async def test_an_id_token_signs_nobody_out(idp: Idp, client: Client) -> None:
    answers = [
        await log_out(client, idp.signed({"sub": "x"})),
        await log_out(client, ""),
        await log_out(client, "no.no.no"),
        await log_out(client, idp.logout(sub="x"), name="nobody"),
    ]

    assert [answer.status_code for answer in answers] == [400] * 4
