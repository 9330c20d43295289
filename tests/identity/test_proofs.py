"""Proofs of possession, through the front door: every request is signed by the caller's device."""

import asyncio
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any

import httpx
import jwt
import msgspec
import pytest
from litestar import get, post
from litestar.params import JSONBody

from backend.host.registry import discover
from backend.identity.authority import Authority
from backend.identity.dpop import Head
from backend.identity.jobs import SWEEP
from backend.identity.jws import decoded, parts, public_key, verify
from backend.identity.minting import mint_citizen
from backend.identity.signer import Signer
from backend.kernel import (
    Injected,
    Module,
    NotFound,
    Scope,
    Statement,
    Transaction,
    everything,
    requires,
)
from backend.kernel.database import Connection
from backend.testing import Caller, Client, Clock
from backend.testing.callers import BASE_URL

PATH = "/v1/account"
RFC_9449_PROOF = (  # figure 2; its thumbprint is in section 6.1
    b"eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMz"
    b"R0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFq"
    b"SG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHR"
    b"tIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE"
    b"2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3"
    b"Lg"
)
URL = f"{BASE_URL}{PATH}"


@pytest.fixture
def signer() -> Signer:
    return Signer()


@pytest.fixture
async def token(authority: Authority, signer: Signer) -> str:
    async with authority.transaction() as tx:
        session = await mint_citizen(tx, jkt=signer.thumbprint, scopes=["identity:read"])
    return authority.person_token(session)


def challenge(answer: httpx.Response) -> str:
    return answer.headers["www-authenticate"].partition('error="')[2].partition('"')[0]


def ath(token: str) -> str:
    return jwt.utils.base64url_encode(sha256(token.encode()).digest()).decode()


WRITE = Scope(name="ledger:write", rule=everything())
UNLUCKY = 13
ASK = Statement("select tinhs.purpose()")


class Told(msgspec.Struct):
    client_id: str
    purpose: str | None


@post("/lines", guards=[requires(WRITE)], status_code=200)
async def write(tx: Injected[Transaction]) -> Told:
    await tx.run(ASK)
    return Told(client_id=tx.principal.client_id, purpose=tx.principal.purpose)


class Leaf(msgspec.Struct):
    number: int


@post("/pages", guards=[requires(WRITE)], status_code=200)
async def turn_page(data: JSONBody[Leaf], tx: Injected[Transaction]) -> Leaf:
    await tx.run(ASK)
    if data.number == UNLUCKY:
        raise NotFound
    return data


READ_FOR = Scope(
    name="ledger:read",
    kinds=frozenset({"partner"}),
    rule=everything(),
    reads="personal",
    purposes=frozenset({"ledger.audit", "ledger.tax"}),
)


@get("/lines", guards=[requires(READ_FOR)])
async def read(tx: Injected[Transaction]) -> Told:
    await tx.run(ASK)
    return Told(client_id=tx.principal.client_id, purpose=tx.principal.purpose)


@pytest.fixture(scope="module")
def modules() -> Sequence[Module]:
    return [
        *discover(),
        Module(name="ledger", scopes=(WRITE, READ_FOR), routes=(write, turn_page, read)),
    ]


Send = Callable[..., Any]


@pytest.fixture
def send(client: Client, authority: Authority, clock: Clock, signer: Signer, token: str) -> Send:
    """Sends a request whose proof differs from a good one in what is named; None leaves it out."""

    async def send(
        key: Any = None,
        head: dict[str, Any] | None = None,
        path: str = PATH,
        scheme: str = "DPoP",
        **changed: Any,
    ) -> httpx.Response:
        claims: dict[str, Any] = {
            "jti": "one",
            "htm": "GET",
            "htu": URL,
            "iat": int(clock.now.timestamp()),
            "ath": ath(token),
            "nonce": authority.proofs.nonce(clock.now),
            **changed,
        }
        proof = jwt.encode(
            {name: value for name, value in claims.items() if value is not None},
            key or signer._private,
            algorithm="ES256",
            headers={"typ": "dpop+jwt", "jwk": msgspec.to_builtins(signer.jwk), **(head or {})},
        )
        return await client.get(path, headers={"Authorization": f"{scheme} {token}", "DPoP": proof})

    return send


async def test_a_good_proof_opens_the_door(send: Send) -> None:
    answer = await send()

    assert answer.status_code == 200
    assert answer.json()["acr"] == "aal1"


@pytest.mark.parametrize(
    "changed",
    [
        {"htm": "POST"},
        {"htm": "get"},
        {"htm": None},
        {"htu": f"{BASE_URL}/v1/other"},
        {"htu": "http://evil.example/v1/account"},
        {"htu": f"https{URL[4:]}"},
        {"htu": "http://[::1"},
        {"htu": None},
        {"ath": ath("another token")},
        {"ath": None},
        {"jti": None},
        {"jti": ""},
        {"jti": 7},
        {"iat": None},
        {"iat": "now"},
        {"iat": -1},
        {"iat": 10**30},
        {"head": {"typ": "JWT"}},
        {"head": {"typ": None}},
        {"head": {"jwk": None}},
        {"head": {"kid": "more"}},
        {"head": {"crit": ["jwk"]}},
    ],
    ids=lambda changed: str(*changed.items()),
)
async def test_a_proof_of_something_else_is_refused(send: Send, changed: dict[str, Any]) -> None:
    answer = await send(**changed)

    assert answer.status_code == 401
    assert challenge(answer) == "invalid_dpop_proof"
    assert answer.headers["dpop-nonce"]


async def test_the_address_may_be_spelt_otherwise(send: Send) -> None:
    for spelling in (f"{URL}?a=b", f"{URL}#here", URL.replace("http", "HTTP", 1),
                     URL.replace("testserver", "TestServer"), URL.replace(".local", ".local:80"),
                     URL.replace("account", "%61ccount")):  # fmt: skip
        assert (await send(htu=spelling)).status_code == 200, spelling


async def test_the_rfcs_own_example_is_a_genuine_proof() -> None:
    signed, head, _, signature = parts(RFC_9449_PROOF)
    key = public_key(msgspec.json.decode(decoded(head), type=Head).jwk)

    verify(key.key, signed, signature)

    assert key.thumbprint == "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"


async def test_a_private_key_in_the_header_is_refused(send: Send, signer: Signer) -> None:
    jwk = {**msgspec.to_builtins(signer.jwk), "d": "A" * 43}

    assert challenge(await send(head={"jwk": jwk})) == "invalid_dpop_proof"


async def test_the_token_of_another_device_is_refused(send: Send) -> None:
    thief = Signer()

    with_own_key = await send(key=thief._private, head={"jwk": msgspec.to_builtins(thief.jwk)})
    with_the_victims_name = await send(key=thief._private)

    assert challenge(with_own_key) == challenge(with_the_victims_name) == "invalid_dpop_proof"


async def test_a_bound_token_shown_as_a_mere_bearers_is_refused(
    send: Send, client: Client, token: str
) -> None:
    bearer = await client.get(PATH, headers={"Authorization": f"Bearer {token}"})
    bearer_with_proof = await send(scheme="Bearer")
    basic = await client.get(PATH, headers={"Authorization": "Basic YTpi"})

    for answer in (bearer, bearer_with_proof, basic):
        assert (answer.status_code, challenge(answer)) == (401, "invalid_token")


async def test_a_token_without_a_proof_is_refused(client: Client, token: str) -> None:
    answer = await client.get(PATH, headers={"Authorization": f"DPoP {token}"})

    assert (answer.status_code, challenge(answer)) == (401, "invalid_dpop_proof")


@pytest.mark.parametrize("nonce", [None, "", "stale"])
async def test_a_missing_or_stale_nonce_is_answered_with_a_fresh_one(
    send: Send, nonce: str | None
) -> None:
    first = await send(nonce=nonce)
    second = await send(nonce=first.headers["dpop-nonce"])

    assert (first.status_code, challenge(first)) == (401, "use_dpop_nonce")
    assert second.status_code == 200
    assert second.headers["dpop-nonce"]


async def test_a_nonce_serves_for_minutes_and_no_longer(authority: Authority, clock: Clock) -> None:
    nonce = authority.proofs.nonce(clock.now)

    clock.advance(minutes=3)
    assert nonce in authority.proofs._accepted(clock.now)
    clock.advance(minutes=1)
    assert nonce not in authority.proofs._accepted(clock.now)


async def test_a_phone_may_be_five_minutes_off_and_is_told_when_it_is_more(
    send: Send, clock: Clock
) -> None:
    now = int(clock.now.timestamp())

    for seconds in (-299, 299):
        assert (await send(iat=now + seconds)).status_code == 200
    for seconds in (-302, 302):
        answer = await send(iat=now + seconds)
        assert answer.status_code == 401
        assert answer.json()["type"].endswith("/identity/proof-untimely")


async def test_a_proof_that_changed_something_is_used_up(
    client: Client, authority: Authority, clock: Clock, signer: Signer
) -> None:
    path = "/v1/ledger/lines"
    async with authority.transaction() as tx:
        session = await mint_citizen(tx, jkt=signer.thumbprint, scopes=["ledger:write"])
    token = authority.person_token(session)
    nonce = authority.proofs.nonce(clock.now)
    shown = signer.headers("POST", f"{BASE_URL}{path}", token, now=clock.now, nonce=nonce)

    answers = await asyncio.gather(*(client.post(path, headers=shown) for _ in range(5)))

    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401, 401]
    refused = next(answer for answer in answers if answer.status_code == 401)
    assert refused.json()["type"].endswith("/identity/proof-used")
    assert challenge(refused) == "invalid_dpop_proof"
    assert refused.headers["dpop-nonce"]


@pytest.mark.parametrize("stage", ["the door", "the parameters", "the handler"])
async def test_a_proof_that_was_refused_is_used_up_as_well(
    client: Client, authority: Authority, clock: Clock, signer: Signer, stage: str
) -> None:
    """It says nothing of the body: whoever saw it could send another one with it."""
    path = "/v1/ledger/pages"
    scopes = [] if stage == "the door" else ["ledger:write"]
    async with authority.transaction() as tx:
        session = await mint_citizen(tx, jkt=signer.thumbprint, scopes=scopes)
    token = authority.person_token(session)
    nonce = authority.proofs.nonce(clock.now)
    shown = signer.headers("POST", f"{BASE_URL}{path}", token, now=clock.now, nonce=nonce)
    body = {"number": "none"} if stage == "the parameters" else {"number": 13}

    refused = await client.post(path, headers=shown, json=body)
    stolen = await client.post(path, headers=shown, json={"number": 1})

    wanted = {"the door": 403, "the parameters": 400, "the handler": 404}
    assert refused.status_code == wanted[stage]
    assert stolen.status_code in {401, 403}
    if stage != "the door":
        assert stolen.json()["type"].endswith("/identity/proof-used")


async def test_a_proof_that_fetched_a_kept_answer_is_used_up_too(
    client: Client, authority: Authority, clock: Clock, signer: Signer
) -> None:
    path = "/v1/ledger/lines"
    async with authority.transaction() as tx:
        session = await mint_citizen(tx, jkt=signer.thumbprint, scopes=["ledger:write"])
    token = authority.person_token(session)
    nonce = authority.proofs.nonce(clock.now)
    first, again = (
        {
            **signer.headers("POST", f"{BASE_URL}{path}", token, now=clock.now, nonce=nonce),
            "Idempotency-Key": "lost",
        }
        for _ in range(2)
    )

    made = await client.post(path, headers=first)
    fetched = await client.post(path, headers=again)
    stolen = await client.post(path, headers=again)

    assert (made.status_code, fetched.status_code, stolen.status_code) == (200, 200, 401)
    assert fetched.headers["idempotent-replayed"] == "true"
    assert stolen.json()["type"].endswith("/identity/proof-used")


async def test_a_partner_says_what_for_at_each_call(as_partner: Callable[..., Caller]) -> None:
    partner = as_partner(READ_FOR, purpose="ledger.audit")

    agreed = await partner.get("/v1/ledger/lines")
    other = await partner.get("/v1/ledger/lines", headers={"Tinhs-Purpose": "ledger.tax"})
    unheard = await partner.get("/v1/ledger/lines", headers={"Tinhs-Purpose": "mischief.any"})
    nonsense = await partner.get("/v1/ledger/lines", headers={"Tinhs-Purpose": "'; drop"})
    silent = await as_partner(READ_FOR).get("/v1/ledger/lines")

    assert agreed.json() == {"client_id": partner.client_id, "purpose": "ledger.audit"}
    assert [a.status_code for a in (other, unheard, nonsense, silent)] == [403] * 4
    for answer in (other, nonsense):
        assert answer.json()["type"].endswith("/identity/purpose-not-agreed")


async def test_a_partner_that_is_switched_off_is_out_on_the_next_request(
    as_partner: Callable[..., Caller], connection: Connection
) -> None:
    partner = as_partner(READ_FOR, purpose="ledger.audit")
    before = await partner.get("/v1/ledger/lines")
    await connection.execute(
        "update identity.client set disabled_at = now() where id = $1", partner.client_id
    )
    after = await partner.get("/v1/ledger/lines")

    assert (before.status_code, after.status_code) == (200, 401)


async def test_used_proofs_are_forgotten_when_they_are_stale(
    as_citizen: Callable[..., Caller], connection: Connection, tx: Transaction, clock: Clock
) -> None:
    await as_citizen(WRITE).post("/v1/ledger/lines")
    kept = await connection.fetchval("select count(*) from identity.replay")

    clock.advance(minutes=16)
    tx.now = clock.now
    await SWEEP.run(tx)

    assert kept >= 1
    assert await tx._connection.fetchval("select count(*) from identity.replay") == 0


async def test_a_read_may_be_sent_again_by_the_network(send: Send) -> None:
    assert [(await send(jti="twice")).status_code for _ in range(2)] == [200, 200]


async def test_two_credentials_are_one_too_many(client: Client, token: str) -> None:
    show = ("Authorization", f"DPoP {token}")
    proof = ("DPoP", "x.y.z")
    cookie = ("Cookie", "theme=dark; __Host-console=abc")

    for headers in ([show, show, proof], [show, proof, proof], [show, proof, cookie],
                    [("Cookie", "__Host-console=a; __Host-console=b")],
                    [("Cookie", "__Host-console=a"), ("Cookie", "__Host-console=b")]):  # fmt: skip
        answer = await client.get(PATH, headers=headers)
        assert answer.status_code == 400, headers


async def test_a_proof_that_nests_deeply_is_refused(
    client: Client, token: str, signer: Signer
) -> None:
    deep = "[" * 900 + "]" * 900
    head = signer.proof("GET", URL, now=Clock().now, token=token).split(".")[0]
    body = jwt.utils.base64url_encode(f'{{"more":{deep}}}'.encode()).decode()

    answer = await client.get(
        PATH, headers={"Authorization": f"DPoP {token}", "DPoP": f"{head}.{body}.AAAA"}
    )

    assert (answer.status_code, challenge(answer)) == (401, "invalid_dpop_proof")


async def test_a_bad_credential_is_refused_at_an_open_door_too(client: Client) -> None:
    answer = await client.get("/oauth/jwks", headers={"Authorization": "DPoP nonsense"})

    assert (answer.status_code, challenge(answer)) == (401, "invalid_token")


async def test_a_session_that_is_ended_is_out_on_the_next_request(
    as_citizen: Callable[..., Caller], connection: Connection, reading: Any
) -> None:
    citizen = as_citizen(reading)
    before = await citizen.get(PATH)

    await connection.execute(
        "update identity.session set revoked_at = now() where person_id = $1", citizen.person_id
    )
    after = await citizen.get(PATH)

    assert (before.status_code, after.status_code) == (200, 401)
    assert challenge(after) == "invalid_token"
    assert after.json()["type"].endswith("/identity/session-ended")


async def test_requests_of_one_device_may_come_at_once(
    as_citizen: Callable[..., Caller], reading: Any
) -> None:
    citizen = as_citizen(reading)

    answers = await asyncio.gather(*(citizen.get(PATH) for _ in range(20)))

    assert {answer.status_code for answer in answers} == {200}
