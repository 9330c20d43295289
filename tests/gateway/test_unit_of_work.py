"""One transaction for each request: committed before the answer, once for each key."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from hashlib import sha256

import msgspec
import pytest
from litestar import get, post
from litestar.params import JSONBody

from backend.host.registry import discover
from backend.kernel import (
    Anyone,
    DomainError,
    Injected,
    Module,
    Query,
    Scope,
    Snapshot,
    Statement,
    Transaction,
    Tries,
    at_most,
    everything,
    requires,
)
from backend.kernel.database import Connection
from backend.testing import Caller
from backend.testing.callers import Client

WRITE = Scope(name="ledger:write", rule=everything())


class Line(msgspec.Struct, frozen=True, kw_only=True):
    amount: int


class Count(msgspec.Struct, frozen=True, kw_only=True):
    n: int


ADD = Statement("insert into public.ledger_line (amount) values ($1)")
COUNT = Query(Count, "select count(*)::int as n from public.ledger_line")
SNEAK = Query(Count, "insert into public.ledger_line (amount) values (1) returning amount as n")


DESK = Scope(
    name="ledger:desk",
    kinds=frozenset({"staff"}),
    roles=frozenset({"officer"}),
    rule=everything(),
)


class TooMuch(DomainError):
    slug = "ledger/too-much"


@post("/lines", guards=[requires(WRITE)])
async def add(data: JSONBody[Line], tx: Injected[Transaction]) -> Count:
    await tx.run(ADD, data.amount)
    await asyncio.sleep(0.02)
    if data.amount > 1000:
        raise TooMuch
    return await tx.one(COUNT)


@get("/sneak", guards=[Anyone()])
async def sneak(snapshot: Injected[Snapshot]) -> Count:
    return await snapshot.one(SNEAK)


@get("/idle", guards=[requires(WRITE)])
async def idle(snapshot: Injected[Snapshot]) -> Count:
    return Count(n=0)


class Slow:
    """Something outside the database that takes its time."""

    begun = asyncio.Barrier(5)
    done = asyncio.Event()


@get("/slow", guards=[requires(WRITE)])
async def slow(snapshot: Injected[Snapshot]) -> Count:
    before = await snapshot.one(COUNT)
    await snapshot.pause()
    await Slow.begun.wait()
    await Slow.done.wait()
    after = await snapshot.one(COUNT)
    return Count(n=after.n - before.n)


@post("/rations", guards=[requires(DESK), at_most(100, per=timedelta(hours=1))])
async def ration(data: JSONBody[Line], tx: Injected[Transaction]) -> Count:
    await tx.run(ADD, data.amount)
    return await tx.one(COUNT)


GUESSES = at_most(2, per=timedelta(hours=1))
RIGHT = 7


@post("/guesses", guards=[requires(WRITE)])
async def guess(data: JSONBody[Line], tx: Injected[Transaction], tries: Injected[Tries]) -> Count:
    await tries.spend(GUESSES)
    await tx.run(ADD, data.amount)
    if data.amount != RIGHT:
        raise TooMuch
    tries.give_back(GUESSES)
    await tx.run(ADD, data.amount)
    return await tx.one(COUNT)


@pytest.fixture(scope="module")
def modules() -> Sequence[Module]:
    return [
        *discover(),
        Module(name="ledger", scopes=(WRITE, DESK), routes=(add, sneak, idle, slow, ration, guess)),
    ]


@pytest.fixture(autouse=True)
async def table(connection: Connection) -> None:
    await connection.execute(
        "create table if not exists public.ledger_line (amount int);"
        "grant select, insert on public.ledger_line to tinhs_rt;"
        "delete from public.ledger_line"
    )


async def lines(connection: Connection) -> int:
    return await connection.fetchval("select count(*) from public.ledger_line") or 0


async def test_a_refusal_after_a_write_keeps_nothing(
    as_citizen: Callable[..., Caller], connection: Connection
) -> None:
    answer = await as_citizen(WRITE).post("/v1/ledger/lines", json={"amount": 2000})

    assert answer.status_code == 409
    assert await lines(connection) == 0


async def test_a_snapshot_cannot_write(client: Client, connection: Connection) -> None:
    answer = await client.get("/v1/ledger/sneak")

    assert answer.status_code == 503  # as on a standby, which serves reads and no writes
    assert await lines(connection) == 0


async def test_a_twin_waits_and_gets_the_same_bytes(
    as_citizen: Callable[..., Caller], connection: Connection
) -> None:
    citizen = as_citizen(WRITE)

    answers = await asyncio.gather(
        *(citizen.post("/v1/ledger/lines", json={"amount": 5}, key="k") for _ in range(8))
    )

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum(a.headers.get("idempotent-replayed") == "true" for a in answers) == 7
    assert {answer.headers["content-type"] for answer in answers} == {"application/json"}
    assert await lines(connection) == 1


async def test_a_key_belongs_to_one_caller_and_one_request(
    as_citizen: Callable[..., Caller], connection: Connection
) -> None:
    citizen, neighbour = as_citizen(WRITE), as_citizen(WRITE)
    await citizen.post("/v1/ledger/lines", json={"amount": 5}, key="mine")

    reused = await citizen.post("/v1/ledger/lines", json={"amount": 6}, key="mine")
    elsewhere = await citizen.post("/v1/ledger/lines?in=red", json={"amount": 5}, key="mine")
    theirs = await neighbour.post("/v1/ledger/lines", json={"amount": 6}, key="mine")

    assert reused.status_code == elsewhere.status_code == 422
    assert reused.json()["type"].endswith("/kernel/idempotency-key-reused")
    assert theirs.status_code == 201
    assert await lines(connection) == 2


async def test_what_was_answered_cannot_be_read_from_the_database(
    as_citizen: Callable[..., Caller], connection: Connection
) -> None:
    """Nor can what was asked: whoever guesses it has nothing to compare with."""
    await connection.execute("delete from kernel.idempotency")
    citizen = as_citizen(WRITE)

    first = await citizen.post("/v1/ledger/lines", json={"amount": 77}, key="mine alone")
    again = await citizen.post("/v1/ledger/lines", json={"amount": 77}, key="mine alone")

    (kept,) = await connection.fetch("select fingerprint, answer from kernel.idempotency")
    assert again.content == first.content
    assert len(kept["answer"]) > len(first.content)
    assert first.content not in kept["answer"]
    assert b"application/json" not in kept["answer"]
    assert kept["fingerprint"] not in {
        sha256(each).digest()
        for each in (
            b'{"amount":77}',
            b'POST /v1/ledger/lines?\n{"amount":77}',
        )
    }


async def test_a_refusal_is_not_kept_under_its_key(as_citizen: Callable[..., Caller]) -> None:
    citizen = as_citizen(WRITE)

    refused = await citizen.post("/v1/ledger/lines", json={"amount": 2000}, key="z")
    mended = await citizen.post("/v1/ledger/lines", json={"amount": 1}, key="z")

    assert (refused.status_code, mended.status_code) == (409, 201)


async def test_what_creates_asks_for_a_key(
    as_citizen: Callable[..., Caller], connection: Connection
) -> None:
    citizen = as_citizen(WRITE)

    without = await citizen.post("/v1/ledger/lines", json={"amount": 5}, key=None)
    too_long = await citizen.post("/v1/ledger/lines", json={"amount": 5}, key="k" * 256)

    assert (without.status_code, too_long.status_code) == (400, 400)
    assert without.json()["errors"][0]["parameter"] == "Idempotency-Key"
    assert await lines(connection) == 0


async def test_a_commit_that_fails_was_not_answered_201(
    as_citizen: Callable[..., Caller], connection: Connection
) -> None:
    await connection.execute(
        """
        create or replace function public.refuse() returns trigger language plpgsql as
        $$ begin if new.amount = 13 then raise exception 'late'; end if; return null; end $$;
        create constraint trigger late after insert on public.ledger_line
        deferrable initially deferred for each row execute function public.refuse()
        """
    )

    answer = await as_citizen(WRITE).post("/v1/ledger/lines", json={"amount": 13})

    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert await lines(connection) == 0
    await connection.execute("drop trigger late on public.ledger_line")


async def test_a_closed_door_takes_no_connection(
    client: Client, as_citizen: Callable[..., Caller]
) -> None:
    pool = client.app.state.pool
    before = pool.free

    nobody = await client.post("/v1/ledger/lines", json={"amount": 5})
    unscoped = await as_citizen().post("/v1/ledger/lines", json={"amount": 5})

    assert (nobody.status_code, unscoped.status_code) == (401, 403)
    assert pool.free == before


async def test_a_session_that_ended_is_seen_even_by_a_handler_that_asks_nothing(
    as_citizen: Callable[..., Caller], connection: Connection
) -> None:
    citizen = as_citizen(WRITE)
    alive = await citizen.get("/v1/ledger/idle")
    await connection.execute("update identity.session set revoked_at = now()")

    ended = await citizen.get("/v1/ledger/idle")

    assert (alive.status_code, ended.status_code) == (200, 401)


async def test_every_connection_comes_back(
    client: Client, as_citizen: Callable[..., Caller]
) -> None:
    citizen = as_citizen(WRITE)

    await asyncio.gather(
        *(citizen.post("/v1/ledger/lines", json={"amount": 5}) for _ in range(30)),
        *(citizen.post("/v1/ledger/lines", json={"amount": 5000}) for _ in range(30)),
    )

    assert client.app.state.pool.free == 10
    assert client.app.state.pool.waiting == 0


async def test_officers_at_a_rationed_door_never_wait_for_each_others_connections(
    client: Client, as_staff: Callable[..., Caller], connection: Connection
) -> None:
    pool = client.app.state.pool
    officer = as_staff("officer")
    held = [await pool.take() for _ in range(9)]

    answers = await asyncio.gather(
        *(officer.post("/v1/ledger/rations", json={"amount": 5}, key="one") for _ in range(3)),
        officer.post("/v1/ledger/rations", json={"amount": 5}),
    )
    for each in held:
        pool.give(each)

    assert [answer.status_code for answer in answers] == [201] * 4
    assert await lines(connection) == 2


async def test_whoever_waits_for_something_slow_keeps_no_connection(
    client: Client, as_citizen: Callable[..., Caller]
) -> None:
    pool, citizen = client.app.state.pool, as_citizen(WRITE)
    held = [await pool.take() for _ in range(9)]

    asked = [asyncio.create_task(citizen.get("/v1/ledger/slow")) for _ in range(4)]
    await Slow.begun.wait()
    added = await citizen.post("/v1/ledger/lines", json={"amount": 5})
    Slow.done.set()
    answers = await asyncio.gather(*asked)
    for each in held:
        pool.give(each)

    assert added.status_code == 201
    assert [(answer.status_code, answer.json()["n"]) for answer in answers] == [(200, 1)] * 4


async def test_a_right_guess_costs_nothing_and_undoes_nothing(
    as_citizen: Callable[..., Caller], connection: Connection
) -> None:
    citizen = as_citizen(WRITE)

    right = [await citizen.post("/v1/ledger/guesses", json={"amount": RIGHT}) for _ in range(5)]
    wrong = [await citizen.post("/v1/ledger/guesses", json={"amount": 1}) for _ in range(3)]

    assert [answer.status_code for answer in right] == [201] * 5
    assert [answer.status_code for answer in wrong] == [409, 409, 429]
    assert await lines(connection) == 2 * 5  # before the price was given back, and after
