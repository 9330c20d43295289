"""From a pushed request to tokens: the way of our app, and all the ways beside it."""

import asyncio
from typing import Any
from uuid import UUID

import jwt
import pytest

from backend.identity.authority import Authority
from backend.identity.minting import mint_citizen
from backend.identity.signer import Signer
from backend.kernel.database import Connection
from backend.testing import Client, Clock
from backend.testing.callers import BASE_URL
from tests.identity.phone_app import CALLBACK, NewApp, answered, code_of


async def test_an_app_signs_a_person_in(new_app: NewApp, phone: str, authority: Authority) -> None:
    app = await new_app().begin()
    answer = await app.prove(phone)
    said = answered(answer)
    tokens = await app.trade(said["code"])

    assert (said["state"], said["iss"]) == ("state of the app", BASE_URL)
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert (tokens["token_type"], tokens["expires_in"]) == ("DPoP", 300)
    assert tokens["scope"] == "identity:read openid"
    account = (await app.account(tokens["access_token"])).json()
    assert (account["ial"], account["acr"]) == (0, "aal1")
    key = authority.kms.load(authority.keys.signing()[1]).public_key()
    claims = jwt.decode(
        tokens["id_token"],
        key,
        algorithms=["ES256"],
        audience="tinhs-app",
        issuer=BASE_URL,
        options={"verify_exp": False, "verify_iat": False},
    )
    assert claims["sub"] == account["person_id"]
    assert (claims["nonce"], claims["amr"]) == ("nonce of the app", ["otp"])


async def test_nothing_that_is_issued_may_be_stored(new_app: NewApp, phone: str) -> None:
    app = await new_app().begin()

    pages = [await app.look(), await app.submit("phone", phone="0")]
    code = code_of(await app.prove(phone))
    issued = await app.token(grant_type="authorization_code", **app.traded(code))
    refused = await app.token(grant_type="authorization_code", **app.traded(code))

    for answer in (*pages, issued, refused):
        assert answer.headers["cache-control"] == "no-store", answer.text
    assert issued.headers["dpop-nonce"]


async def test_an_id_token_opens_no_door(new_app: NewApp, phone: str) -> None:
    app = new_app()
    tokens = await app.sign_in(phone)

    assert (await app.account(tokens["access_token"])).status_code == 200
    assert (await app.account(tokens["id_token"])).status_code == 401


async def test_the_database_keeps_no_code_and_no_token(
    new_app: NewApp, phone: str, connection: Connection
) -> None:
    app = await new_app().begin()
    code = code_of(await app.prove(phone))
    tokens = await app.trade(code)

    tables: list[Any] = await connection.fetch(
        "select tablename from pg_tables where schemaname in ('identity', 'kernel')"
    )
    kept = ""
    for (table,) in tables:
        schema = await connection.fetchval(
            "select schemaname from pg_tables where tablename = $1", table
        )
        rows = await connection.fetch(f'select t::text from {schema}."{table}" as t')
        kept += "\n".join(row[0] for row in rows)
    secret = tokens["refresh_token"].rpartition(".")[2]
    for known in (code, secret, phone, phone.removeprefix("+84"), app.cookie):
        assert known not in kept
        assert known.encode().hex() not in kept


async def test_a_code_shown_twice_ends_the_session_it_opened(new_app: NewApp, phone: str) -> None:
    app = await new_app().begin()
    code = code_of(await app.prove(phone))
    tokens = await app.trade(code)
    before = await app.account(tokens["access_token"])

    again = await app.token(grant_type="authorization_code", **app.traded(code))

    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    after = await app.account(tokens["access_token"])
    assert (before.status_code, after.status_code) == (200, 401)
    assert (await app.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "changed",
    [
        {"code_verifier": "x" * 43},
        {"code_verifier": "short"},
        {"redirect_uri": f"{CALLBACK}/"},
        {"redirect_uri": "https://evil.example/"},
        {"code": "guessed"},
    ],
    ids=str,
)
async def test_a_code_is_for_one_request(
    new_app: NewApp, phone: str, changed: dict[str, str]
) -> None:
    app = await new_app().begin()
    right = app.traded(code_of(await app.prove(phone)))

    wrong = await app.token(grant_type="authorization_code", **{**right, **changed})

    assert (wrong.status_code, wrong.json()["error"]) == (400, "invalid_grant")
    if "code" not in changed:  # whoever has stolen it does not get a second try
        after = await app.token(grant_type="authorization_code", **right)
        assert after.json()["error"] == "invalid_grant"


async def test_a_code_is_for_the_device_that_asked(new_app: NewApp, phone: str) -> None:
    app = await new_app().begin()
    code = code_of(await app.prove(phone))

    app.signer = Signer()
    stolen = await app.token(grant_type="authorization_code", **app.traded(code))

    assert (stolen.status_code, stolen.json()["error"]) == (400, "invalid_grant")


async def test_a_code_is_good_for_a_minute(new_app: NewApp, phone: str, clock: Clock) -> None:
    app = await new_app().begin()
    code = code_of(await app.prove(phone))

    clock.advance(seconds=61)
    late = await app.token(grant_type="authorization_code", **app.traded(code))

    assert late.json()["error"] == "invalid_grant"


async def test_what_a_code_cannot_prove_is_not_promised(new_app: NewApp) -> None:
    app = await new_app().begin(acr_values="aal2")

    page = await app.look()
    tried = await app.submit("phone", phone="0912345678")

    assert 'name="phone"' not in page.text
    assert tried.status_code == 400


async def test_the_authority_wants_a_fresh_nonce(new_app: NewApp, phone: str) -> None:
    app = await new_app().begin()
    form = {
        "client_id": "tinhs-app",
        "grant_type": "authorization_code",
        **app.traded(code_of(await app.prove(phone))),
    }

    stale = await app.send("/oauth/token", form, DPoP=app.proof("/oauth/token", nonce=""))
    nonce = stale.headers["dpop-nonce"]
    fresh = await app.send("/oauth/token", form, DPoP=app.proof("/oauth/token", nonce=nonce))

    assert (stale.status_code, stale.json()["error"]) == (400, "use_dpop_nonce")
    assert fresh.status_code == 200


async def test_a_proof_is_for_one_call_of_the_authority(
    new_app: NewApp, phone: str, clock: Clock
) -> None:
    app = new_app()
    tokens = await app.sign_in(phone)
    form = {
        "client_id": "tinhs-app",
        "grant_type": "refresh_token",
        "refresh_token": tokens["refresh_token"],
    }
    used = app.proof("/oauth/token")

    first = await app.send("/oauth/token", form, DPoP=used)
    replayed = await app.send("/oauth/token", form, DPoP=used)
    elsewhere = await app.send("/oauth/token", form, DPoP=app.proof("/oauth/par"))
    for_a_token = app.proof("/oauth/token", token=tokens["access_token"])
    with_token = await app.send("/oauth/token", form, DPoP=for_a_token)
    missing = await app.send("/oauth/token", form, DPoP="")
    garbage = await app.send("/oauth/token", form, DPoP="x.y.z")
    stale = app.proof("/oauth/token")
    clock.advance(minutes=6)
    late = await app.send("/oauth/token", form, DPoP=stale)

    assert first.status_code == 200
    for answer in (replayed, elsewhere, with_token, missing, garbage, late):
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_dpop_proof")


async def test_a_client_may_call_so_often_a_minute(new_app: NewApp, clock: Clock) -> None:
    app = new_app()

    statuses = [(await app.refresh("rt_none")).status_code for _ in range(31)]
    refused = await app.refresh("rt_none")
    clock.advance(minutes=1)
    later = await app.refresh("rt_none")

    assert statuses[:30] == [400] * 30
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) >= 1
    assert later.json()["error"] == "invalid_grant"


async def test_the_metadata_name_every_endpoint_that_answers(client: Client) -> None:
    document = (await client.get("/.well-known/oauth-authorization-server")).json()

    for name, url in document.items():
        if name.endswith("_endpoint"):
            path = url.removeprefix(BASE_URL)
            method = "GET" if name == "authorization_endpoint" else "POST"
            assert (await client.request(method, path)).status_code == 400, name


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
async def test_signing_out_is_at_once(new_app: NewApp, phone: str, kind: str) -> None:
    app = new_app()
    tokens = await app.sign_in(phone)
    before = await app.account(tokens["access_token"])

    answer = await app.send("/oauth/revoke", {"client_id": "tinhs-app", "token": tokens[kind]})
    again = await app.send("/oauth/revoke", {"client_id": "tinhs-app", "token": tokens[kind]})
    nonsense = await app.send("/oauth/revoke", {"client_id": "tinhs-app", "token": "nonsense"})

    assert [r.status_code for r in (answer, again, nonsense)] == [200, 200, 200]
    after = await app.account(tokens["access_token"])
    assert (before.status_code, after.status_code) == (200, 401)
    assert after.json()["type"].endswith("/identity/session-ended")


async def test_what_proves_more_replaces_what_was(
    new_app: NewApp, phone: str, clock: Clock
) -> None:
    app = new_app()
    first = await app.sign_in(phone)
    clock.advance(minutes=5)
    second = await app.sign_in(phone)

    assert (await app.account(first["access_token"])).status_code == 401
    assert (await app.account(second["access_token"])).status_code == 200


async def test_sign_ins_of_one_person_on_one_device_take_turns(
    new_app: NewApp, phone: str, authority: Authority
) -> None:
    app = new_app()
    tokens = await app.sign_in(phone)
    person_id = UUID((await app.account(tokens["access_token"])).json()["person_id"])

    async def sign_in() -> UUID:
        async with authority.transaction() as tx:
            session = await mint_citizen(
                tx, jkt=app.signer.thumbprint, scopes=["identity:read"], person_id=person_id
            )
            return session.id

    opened = await asyncio.gather(*(sign_in() for _ in range(8)))

    assert len(set(opened)) == 8
    assert (await app.account(tokens["access_token"])).status_code == 401
