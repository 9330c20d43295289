"""R1, R2: phones on a bad line send again and again, and some attempts die before they are kept."""

import asyncio
from collections.abc import Callable, Sequence

import httpx
import msgspec
import pytest
from litestar import post
from litestar.params import JSONBody

from backend.gateway.idempotency import Claim
from backend.host.registry import discover
from backend.kernel import Injected, Module, Scope, Statement, Transaction, everything, requires
from backend.kernel.database import Connection
from backend.testing import Caller

KEYS, TRIES, EACH = 300, 5, 8
UNLUCKY = 5
"""One in five keys: its first attempt dies after it has written, before it is kept."""

WRITE = Scope(name="ledger:write", rule=everything())
ADD = Statement("insert into public.ledger_retry (number) values ($1)")


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    number: int


class Died(Exception):
    """As if the process had been killed at this very moment."""


_died: set[int] = set()


@post("/retries", guards=[requires(WRITE)])
async def note(data: JSONBody[Sent], tx: Injected[Transaction]) -> Sent:
    await tx.run(ADD, data.number)
    if data.number % UNLUCKY == 0 and data.number not in _died:
        _died.add(data.number)
        raise Died
    return data


@pytest.fixture(scope="module")
def modules() -> Sequence[Module]:
    return [*discover(), Module(name="ledger", scopes=(WRITE,), routes=(note,))]


@pytest.fixture(autouse=True)
async def table(connection: Connection) -> None:
    _died.clear()
    await connection.execute(
        "create table if not exists public.ledger_retry (number int);"
        "grant insert on public.ledger_retry to tinhs_rt;"
        "delete from public.ledger_retry; delete from kernel.idempotency"
    )


async def sent(citizen: Caller, number: int) -> list[httpx.Response]:
    """Send one request several times at once, and then until there is an answer, as an app does."""
    ask = {"json": {"number": number}, "key": f"retry-{number}"}
    answers = await asyncio.gather(
        *(citizen.post("/v1/ledger/retries", **ask) for _ in range(TRIES - 1))
    )
    for _ in range(TRIES):
        answers.append(await citizen.post("/v1/ledger/retries", **ask))
        if answers[-1].status_code < 500:
            break
    return answers


async def all_sent(as_citizen: Callable[..., Caller], keys: int) -> list[list[httpx.Response]]:
    citizen = as_citizen(WRITE)
    found: list[list[httpx.Response]] = []
    for first in range(0, keys, EACH):
        found += await asyncio.gather(
            *(sent(citizen, number) for number in range(first, min(first + EACH, keys)))
        )
    return found


async def effects(connection: Connection) -> list[int]:
    rows = await connection.fetch(
        "select count(*)::int as times from public.ledger_retry group by number"
    )
    return [row["times"] for row in rows]


async def test_each_key_has_one_effect_and_equal_answers(
    as_citizen: Callable[..., Caller], connection: Connection
) -> None:
    answers = await all_sent(as_citizen, KEYS)

    good = [[each for each in tries if each.status_code == 201] for tries in answers]
    bad = {each.status_code for tries in answers for each in tries} - {201}
    assert len(_died) == KEYS // UNLUCKY
    assert bad <= {500, 503}  # 500: the attempts that died; 503: too many at once
    assert all(tries[-1].status_code == 201 for tries in answers)
    assert all(len({each.content for each in tries}) == 1 for tries in good)
    assert await effects(connection) == [1] * KEYS


async def test_a_key_kept_apart_from_its_effect_loses_what_died(
    as_citizen: Callable[..., Caller], connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: claimed in a transaction of its own, the key outlives the effect."""
    stake = Claim.stake
    monkeypatch.setattr(Claim, "stake", lambda *a: f"{stake(*a)}; commit; begin")

    answers = await all_sent(as_citizen, 2 * UNLUCKY)

    assert {tries[-1].status_code for tries in answers} != {201}


@pytest.mark.parametrize("keeps_its_key", [True, False])
async def test_without_its_key_an_effect_whose_answer_was_lost_is_there_twice(
    as_citizen: Callable[..., Caller], connection: Connection, *, keeps_its_key: bool
) -> None:
    """The control of R2: a process that dies between commit and answer leaves the phone unsure."""
    citizen = as_citizen(WRITE)
    for number in (1, 2):
        for attempt in range(2):  # the first answer never arrives, so the phone asks again
            key = f"phone-{number}" if keeps_its_key else f"phone-{number}-{attempt}"
            await citizen.post("/v1/ledger/retries", json={"number": number}, key=key)

    assert await effects(connection) == ([1, 1] if keeps_its_key else [2, 2])
