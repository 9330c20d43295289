"""Guessing codes and proofs is slowed down, and teaches nothing: neither by words nor by work.

`TINHS_GUESSES=10000` has that many tried against the brakes that an installation has, and prints
what came of it (`-s`); the suite tries some hundreds against a lower one.
"""

import asyncio
import json
import os
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from io import BytesIO
from itertools import count
from time import perf_counter
from typing import Any

import httpx
import pytest

from backend.gateway.logs import Journal
from backend.kernel import at_most
from backend.kernel.pool import END
from backend.testing import Client, Clock
from modules.public_services.model.deliveries import Delivery
from modules.public_services.repository.dossiers import BY_TAG, SHOW
from modules.public_services.service import deliveries, dossiers
from tests.public_services.dossiers import NUMBER, SOURCE, dossier

LOOK_UP = "/v1/public-services/dossier-lookups"
ROUNDS = 120
GUESSES = int(os.environ.get("TINHS_GUESSES", "400"))
FROM_AN_ADDRESS = 20
PROVINCE = dossiers.WRONG_FROM_EVERYBODY.n if GUESSES >= 10_000 else 100
Told = tuple[str, tuple[object, ...]]
_numbers = count(1)


@pytest.fixture(scope="module")
def log() -> BytesIO:
    return BytesIO()


@pytest.fixture(scope="module")
def journal(log: BytesIO) -> Journal:
    return Journal(log)


@pytest.fixture
async def codes(as_job: Callable[..., Any]) -> list[str]:
    """Codes of dossiers that there are, one for each round."""
    found = [f"H56.22-260105-{next(_numbers):07}" for _ in range(ROUNDS)]
    async with as_job() as tx:
        told = Delivery(dossiers=tuple(dossier(code) for code in found))
        await deliveries.keep(tx, SOURCE, told)
    return found


async def ask(client: httpx.AsyncClient, code: str, factor: str) -> httpx.Response:
    return await client.post(LOOK_UP, json={"code": code, "factor": factor})


@asynccontextmanager
async def overheard(client: Client) -> AsyncGenerator[list[Told]]:
    """What the house asks the database meanwhile: statements, and the shapes of their values."""
    heard: list[Told] = []

    def hear(said: Any) -> None:
        values = tuple(len(v) if isinstance(v, bytes) else type(v) for v in said.args or ())
        heard.append((said.query.removeprefix(END).removesuffix("; "), values))

    pool = client.app.state.pool
    listening = [await pool.take() for _ in range(pool.free)]
    for connection in listening:
        connection.add_query_logger(hear)
        pool.give(connection)
    yield heard
    for connection in listening:
        connection.remove_query_logger(hear)


async def test_whoever_guesses_wrong_has_the_same_work_done_as_whoever_guesses_nothing(
    client: Client, codes: list[str], clock: Clock
) -> None:
    """Statements in their order, up to the one that finds a dossier or none."""
    clock.advance(days=2)
    code, locked, elsewhere = codes[0], codes[1], "G09.20-20260105-8888888"
    for _ in range(5):
        await ask(client, locked, "000000")
    await ask(client, code, NUMBER[-6:])  # every statement is prepared once

    async def work(code: str, factor: str, status: int) -> list[Told]:
        async with overheard(client) as heard:
            answer = await ask(client, code, factor)
            await asyncio.sleep(0)  # what was heard is told one turn of the loop later
        assert answer.status_code == status
        return heard

    unknown = await work(elsewhere, "000000", 404)
    wrong = await work(code, "000000", 404)
    too_often = await work(locked, NUMBER[-6:], 404)
    right = await work(code, NUMBER[-6:], 200)

    assert unknown == wrong == too_often
    assert [said for said, _ in unknown][-3:] == [SHOW.sql, BY_TAG.sql, "rollback"]
    assert right[: len(unknown) - 1] == unknown[:-1]
    assert len(right) > len(unknown)


def chance_of_slower(first: Sequence[float], second: Sequence[float]) -> float:
    """How often one of the first took longer than one of the second: a half if none can tell."""
    slower = sum((a > b) + (a == b) / 2 for a in first for b in second)
    return slower / (len(first) * len(second))


async def test_time_does_not_tell_whether_there_is_such_a_dossier(
    client: Client, codes: list[str], clock: Clock
) -> None:
    async def took(code: str) -> float:
        began = perf_counter()
        answer = await ask(client, code, "000000")
        seconds = perf_counter() - began
        assert answer.status_code == 404
        return seconds

    unknown: list[float] = []
    wrong: list[float] = []
    for place, code in enumerate(codes):
        clock.advance(hours=1)
        elsewhere = f"G09.20-20260105-{place:07}"
        # Who comes first changes from round to round: what is warm then favours nobody.
        if place % 2:
            unknown.append(await took(elsewhere))
            wrong.append(await took(code))
        else:
            wrong.append(await took(code))
            unknown.append(await took(elsewhere))

    # Of 120 against 120 without any difference the standard deviation is .037: this lies at 5.3
    # of them, where one run in ten million goes. The statements are compared above, exactly.
    assert 0.3 < chance_of_slower(wrong, unknown) < 0.7


async def test_the_bodies_of_refusals_are_the_same_but_for_the_request(
    client: Client, codes: list[str], clock: Clock
) -> None:
    clock.advance(days=2)
    refusals = [
        (await ask(client, code, "000000")).json() for code in (codes[0], "G09.20-20260105-9999999")
    ]

    for refusal in refusals:
        refusal.pop("instance", None)
        refusal.pop("trace_id", None)
    assert refusals[0] == refusals[1]


async def test_guesses_are_slowed_down(client: Client, codes: list[str], clock: Clock) -> None:
    clock.advance(days=2)

    answers = [await ask(client, codes[0], f"{guess:06}") for guess in range(60)]

    statuses = [answer.status_code for answer in answers]
    assert statuses == [404] * 10 + [429] * 50
    assert all(int(answer.headers["retry-after"]) > 0 for answer in answers[10:])


async def test_many_addresses_that_guess_together_are_stopped_together(
    client: Client,
    codes: list[str],
    clock: Clock,
    log: BytesIO,
    journal: Journal,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of codes that there are and codes that there are not, in turn; each address asks often."""
    clock.advance(days=2)
    brake = at_most(PROVINCE, per=timedelta(hours=1), by="address")
    monkeypatch.setattr(dossiers, "WRONG_FROM_EVERYBODY", brake)
    tried = [*codes[:7], *(f"G09.20-20260105-{number:07}" for number in range(6))]
    journal.flush()
    began, written = perf_counter(), log.tell()

    answers = [answer async for answer in guessed(client, tried)]

    seconds = perf_counter() - began
    statuses = Counter(answer.status_code for answer in answers)
    assert statuses == {404: PROVINCE, 429: GUESSES - PROVINCE}
    assert len({shape(answer) for answer in answers if answer.status_code == 404}) == 1
    assert len({shape(answer) for answer in answers if answer.status_code == 429}) <= 2
    journal.flush()
    lines = log.getvalue()[written:].decode()
    compared = len(tried) * dossiers.WRONG_ABOUT_A_CODE.n
    assert lines.count("a dossier code was guessed at too often") == PROVINCE - compared
    assert not [code for code in tried if code in lines]
    print(f"{GUESSES} guesses in {seconds:.1f} s: {dict(statuses)}, {len(lines)} bytes of log")  # noqa: T201 - measured, not asserted


async def guessed(client: Client, tried: Sequence[str]) -> AsyncGenerator[httpx.Response]:
    guesses = iter(range(GUESSES))
    for place in range(GUESSES // FROM_AN_ADDRESS):
        address = f"198.{18 + place // 250}.{place % 250}.7"
        asgi: Any = client.app
        transport = httpx.ASGITransport(asgi, client=(address, 40_000))
        async with httpx.AsyncClient(transport=transport, base_url=client.base_url) as somebody:
            for _ in range(FROM_AN_ADDRESS):
                guess = next(guesses)
                yield await ask(somebody, tried[guess % len(tried)], f"{guess:06}")


def shape(answer: httpx.Response) -> str:
    """An answer without what differs by request and moment."""
    body = answer.json()
    told = {name: body[name] for name in body if name not in {"instance", "trace_id"}}
    return json.dumps([told, sorted(answer.headers)], sort_keys=True)
