"""A proof is spent by what it changed or fetched, and a partner says what for at each call."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import pytest
from litestar import get, post
from litestar.params import JSONBody

from backend.host.registry import discover
from backend.identity.authority import Authority
from backend.identity.jobs import SWEEP
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
from tests.identity.proving import PATH, challenge

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
