"""Guessing codes and proofs is slowed down, and teaches nothing: neither by words nor by time."""

from collections.abc import Callable, Sequence
from itertools import count
from time import perf_counter
from typing import Any

import pytest

from backend.testing import Client, Clock
from modules.public_services.model.deliveries import Delivery
from modules.public_services.service import deliveries
from tests.public_services.dossiers import NUMBER, SOURCE, dossier

LOOK_UP = "/v1/public-services/dossier-lookups"
ROUNDS = 120
_numbers = count(1)


@pytest.fixture
async def codes(as_job: Callable[..., Any]) -> list[str]:
    """Codes of dossiers that there are, one for each round."""
    found = [f"H56.22-260105-{next(_numbers):07}" for _ in range(ROUNDS)]
    async with as_job() as tx:
        told = Delivery(dossiers=tuple(dossier(code) for code in found))
        await deliveries.keep(tx, SOURCE, told)
    return found


def chance_of_slower(first: Sequence[float], second: Sequence[float]) -> float:
    """How often one of the first took longer than one of the second: a half if none can tell."""
    slower = sum((a > b) + (a == b) / 2 for a in first for b in second)
    return slower / (len(first) * len(second))


async def test_time_does_not_tell_whether_there_is_such_a_dossier(
    client: Client, codes: list[str], clock: Clock
) -> None:
    """A right answer does more, and is told apart by the same measure: it is no blunt one."""

    async def took(code: str, factor: str, status: int) -> float:
        began = perf_counter()
        answer = await client.post(LOOK_UP, json={"code": code, "factor": factor})
        seconds = perf_counter() - began
        assert answer.status_code == status
        return seconds

    unknown: list[float] = []
    wrong: list[float] = []
    right: list[float] = []
    for place, code in enumerate(codes):
        clock.advance(hours=1)
        elsewhere = f"G09.20-20260105-{place:07}"
        # Who comes first changes from round to round: what is warm then favours nobody.
        if place % 2:
            unknown.append(await took(elsewhere, "000000", 404))
            wrong.append(await took(code, "000000", 404))
        else:
            wrong.append(await took(code, "000000", 404))
            unknown.append(await took(elsewhere, "000000", 404))
        right.append(await took(code, NUMBER[-6:], 200))

    # Of 120 against 120 without any difference, one run in ten thousand lies further off.
    assert 0.35 < chance_of_slower(wrong, unknown) < 0.65
    assert chance_of_slower(right, unknown) > 0.6


async def test_the_bodies_of_refusals_are_the_same_but_for_the_request(
    client: Client, codes: list[str], clock: Clock
) -> None:
    clock.advance(days=2)
    refusals = [
        (await client.post(LOOK_UP, json={"code": code, "factor": "000000"})).json()
        for code in (codes[0], "G09.20-20260105-9999999")
    ]

    for refusal in refusals:
        refusal.pop("instance", None)
        refusal.pop("trace_id", None)
    assert refusals[0] == refusals[1]


async def test_guesses_are_slowed_down(client: Client, codes: list[str], clock: Clock) -> None:
    clock.advance(days=2)

    answers = [
        await client.post(LOOK_UP, json={"code": codes[0], "factor": f"{guess:06}"})
        for guess in range(60)
    ]

    statuses = [answer.status_code for answer in answers]
    assert statuses == [404] * 10 + [429] * 50
    assert all(int(answer.headers["retry-after"]) > 0 for answer in answers[10:])
