"""What an identity provider says is believed only if it can be, and nothing of it leaks."""

import json
from typing import Any
from uuid import uuid4

import httpx
import jwt
import pytest

from backend.kernel.database import Connection
from tests.identity.idp import CLIENT, Idp
from tests.identity.phone_app import NewApp, code_of
from tests.identity.upstream.rounds import back, leave, prove

# --- tricks -------------------------------------------------------------------------------------

LIES: dict[str, dict[str, Any]] = {
    "another issuer": {"iss": "https://evil.example"},
    "for another client": {"aud": "somebody"},
    "for us and another": {"aud": [CLIENT, "somebody"]},
    "authorized for another": {"azp": "somebody"},
    "another round": {"nonce": "of another round"},
    "no round": {"nonce": None},
    "over": {"exp": 1},
    "of tomorrow": {"iat": 4_000_000_000},
    "nobody": {"sub": None},
    "an empty name": {"sub": ""},
    "a logout token": {"events": {"http://schemas.openid.net/event/backchannel-logout": {}}},
    "another key": {"head": {"forged": True}},
    "a key that is not known": {"head": {"kid": "unknown"}},
    "a key of another kind": {"head": {"kid": "curve"}},
    "no signature": {"head": {"alg": "none"}},
    "a shared secret": {"head": {"alg": "HS256", "kid": "shared"}},
    "a key that it brings": {"head": {"jwk": {"kty": "RSA"}}},
    "a place for keys": {"head": {"jku": "https://evil.example/jwks"}},
    "something critical": {"head": {"crit": ["exp"]}},
    "another kind of token": {"head": {"typ": "logout+jwt"}},
}


@pytest.mark.parametrize("lie", LIES)
async def test_what_cannot_be_believed_lets_nobody_in(
    new_app: NewApp, idp: Idp, lie: str, connection: Connection
) -> None:
    app = await new_app().begin()
    before = await connection.fetchval("select count(*) from identity.upstream_proof")

    answer = await prove(app, idp, **{"sub": uuid4().hex, **LIES[lie]})

    assert answer.status_code == 422
    assert await connection.fetchval("select count(*) from identity.upstream_proof") == before


async def test_es256_is_believed_as_well(new_app: NewApp, idp: Idp) -> None:
    app = await new_app().begin()

    answer = await prove(app, idp, uuid4().hex, head={"alg": "ES256", "kid": "curve"})

    assert answer.status_code == 303


async def test_a_way_back_works_once_in_one_browser_and_for_one_provider(
    new_app: NewApp, idp: Idp
) -> None:
    app, other = await new_app().begin(), await new_app().begin()
    query = idp.approve(await leave(app), uuid4().hex)

    elsewhere = await back(other, query)
    nowhere = await back(app, query, cookie="")
    nobody = await app.client.get(
        f"/login/cb/nobody?{query}", headers={"Cookie": f"__Host-ix={app.cookie}"}
    )
    invented = await back(app, "code=x&state=invented")
    mine = await back(app, query)
    again = await back(app, query)

    assert [a.status_code for a in (elsewhere, nowhere, nobody, invented)] == [400] * 4
    assert mine.status_code == 303
    assert again.status_code == 400


async def test_another_provider_cannot_answer_in_its_place(new_app: NewApp, idp: Idp) -> None:
    app = await new_app().begin()
    query = idp.approve(await leave(app), uuid4().hex)

    answer = await back(app, f"{query}&iss=https%3A%2F%2Fevil.example")

    assert answer.status_code == 422


async def test_whoever_declines_there_can_choose_another_way(new_app: NewApp, idp: Idp) -> None:
    app = await new_app().begin()
    state = httpx.URL(await leave(app)).params["state"]

    answer = await back(app, f"error=access_denied&state={state}")

    assert answer.status_code == 403
    assert f'action="{app.path}/phone"' in answer.text


async def test_a_provider_that_is_down_is_said_to_be(new_app: NewApp, idp: Idp) -> None:
    app = await new_app().begin()
    idp.status = 500
    try:
        broken = await prove(app, idp, uuid4().hex)
    finally:
        idp.status = 200

    assert broken.status_code == 422
    assert (await prove(app, idp, uuid4().hex)).status_code == 303


# --- nothing leaks ------------------------------------------------------------------------------


async def test_nothing_of_the_provider_leaves_the_gateway(
    new_app: NewApp, idp: Idp, connection: Connection
) -> None:
    sub = f"name-at-the-provider-{uuid4().hex}"
    sid = f"session-at-the-provider-{uuid4().hex}"
    app = await new_app().begin()
    told_of = {"sid": sid, "SoDinhDanh": "038099012345"}
    seen = [await prove(app, idp, sub, **told_of), await app.look()]
    seen.append(await app.submit("up/vneid"))
    tokens = await app.trade(code_of(seen[-1]))
    seen.append(await app.account(tokens["access_token"]))

    rows = await connection.fetch(
        "select table_schema, table_name from information_schema.tables"
        " where table_schema in ('identity', 'kernel') and table_type = 'BASE TABLE'"
    )
    kept = ""
    for row in rows:
        found = await connection.fetch(
            f"select to_jsonb(t)::text as text from {row['table_schema']}.{row['table_name']} as t"
        )
        kept += "".join(each["text"] for each in found)
    secrets = [*idp.given, sub, sid, "Bí Mật", "038099012345"]
    told = "".join(f"{answer.headers} {answer.text}" for answer in seen) + json.dumps(tokens)
    assert [text for text in secrets if text in told] == []
    assert [text for text in secrets if text in kept] == []
    assert "vneid" not in json.dumps(jwt_claims(tokens["access_token"]))


def jwt_claims(token: str) -> dict[str, Any]:
    return jwt.decode(token, options={"verify_signature": False})
