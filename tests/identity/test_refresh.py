"""Refresh tokens, by the rows of their table."""

import asyncio
from typing import Any

import pytest

from backend.identity.signer import Signer
from backend.kernel.database import Connection
from backend.testing import Clock
from tests.identity.phone_app import NewApp, PhoneApp

numbers = iter(range(20_000_000, 99_999_999, 10_001))


@pytest.fixture
async def app(new_app: NewApp) -> PhoneApp:
    return new_app()


@pytest.fixture
async def first(app: PhoneApp) -> str:
    """The first refresh token of somebody who has just signed in."""
    return (await app.sign_in(f"+849{next(numbers)}"))["refresh_token"]


async def renewed(app: PhoneApp, token: str) -> str:
    answer = await app.refresh(token)
    assert answer.status_code == 200, answer.text
    assert (await app.account(answer.json()["access_token"])).status_code == 200
    return answer.json()["refresh_token"]


async def told(connection: Connection) -> list[Any]:
    rows = await connection.fetch(
        "select payload from kernel.event where type = 'identity.session-suspected.v1' order by id"
    )
    return [(row["payload"]["why"], row["payload"]["ended"]) for row in rows]


async def test_the_newest_is_traded_for_the_next(app: PhoneApp, first: str) -> None:
    tokens = [first]

    for _ in range(4):
        tokens.append(await renewed(app, tokens[-1]))

    assert len(set(tokens)) == 5


async def test_a_lost_answer_is_given_again_however_late(
    app: PhoneApp, first: str, clock: Clock
) -> None:
    lost = await renewed(app, first)
    clock.advance(days=20)

    again = await renewed(app, first)

    assert again == lost
    assert await renewed(app, again) not in {first, lost}


async def test_two_processes_of_one_app_get_the_same(app: PhoneApp, first: str) -> None:
    second = await renewed(app, first)
    third = await renewed(app, second)

    answers = await asyncio.gather(*(renewed(app, first) for _ in range(5)))

    assert set(answers) == {third}


async def test_an_old_one_ends_the_session(
    app: PhoneApp, first: str, clock: Clock, connection: Connection
) -> None:
    second = await renewed(app, first)
    third = await renewed(app, second)
    before = len(await told(connection))
    clock.advance(seconds=61)

    answer = await app.refresh(first)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert (await app.refresh(third)).json()["error"] == "invalid_grant"
    assert (await told(connection))[before:] == [("rt_reuse", True)]


async def test_another_device_gets_nothing_and_costs_the_owner_nothing(
    app: PhoneApp, first: str, connection: Connection
) -> None:
    owner, before = app.signer, len(await told(connection))

    app.signer = Signer()
    stolen = await app.refresh(first)
    app.signer = owner

    assert (stolen.status_code, stolen.json()["error"]) == (400, "invalid_grant")
    assert await renewed(app, first) != first
    assert (await told(connection))[before:] == [("other_key", False)]


async def test_a_hundred_steps_back_is_still_known(app: PhoneApp, first: str, clock: Clock) -> None:
    token = first
    for number in range(100):
        if number % 25 == 0:
            clock.advance(minutes=1)
        token = (await app.refresh(token)).json()["refresh_token"]
    clock.advance(minutes=2)

    assert (await app.refresh(first)).status_code == 400
    assert (await app.refresh(token)).status_code == 400


@pytest.mark.parametrize(
    "how",
    [
        lambda sid, gen, secret: f"rt_{sid}.{int(gen) + 1}.{secret}",
        lambda sid, gen, secret: f"rt_{sid}.0{gen}.{secret}",
        lambda sid, gen, secret: f"rt_{sid}.{gen}.{'A' * 43}",
        lambda sid, gen, secret: f"rt_{sid}.{gen}.{secret[:-1]}",
        lambda sid, gen, secret: f"rt_{'0' * 32}.{gen}.{secret}",
        lambda sid, gen, secret: f"{sid}.{gen}.{secret}",
        lambda sid, gen, secret: f"rt_{sid}.{gen}.{secret}=",
        lambda sid, gen, secret: f"rt_{sid}.-1.{secret}",
        lambda sid, gen, secret: f"rt_{sid}.999999999.{secret}",
    ],
)
async def test_a_made_up_one_is_refused_and_ends_nothing(
    app: PhoneApp, first: str, how: Any
) -> None:
    sid, gen, secret = first.removeprefix("rt_").split(".")

    answer = await app.refresh(how(sid, gen, secret))

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert await renewed(app, first) != first


async def test_a_session_that_is_not_used_ends_after_thirty_days(
    app: PhoneApp, first: str, clock: Clock
) -> None:
    token = first
    for _ in range(2):
        clock.advance(days=29)
        token = await renewed(app, token)
    clock.advance(days=31)

    assert (await app.refresh(token)).json()["error"] == "invalid_grant"


async def test_no_session_outlives_half_a_year(app: PhoneApp, first: str, clock: Clock) -> None:
    token, days = first, 0
    while (answer := await app.refresh(token)).status_code == 200:
        token = answer.json()["refresh_token"]
        clock.advance(days=20)
        days += 20

    assert days == 180


async def test_a_refresh_may_ask_for_less_and_never_for_more(app: PhoneApp, first: str) -> None:
    less = await app.refresh(first, scope="openid")
    more = await app.refresh(less.json()["refresh_token"], scope="openid feedback:own")
    same = await app.refresh(less.json()["refresh_token"])

    assert less.json()["scope"] == "openid"
    assert more.json()["error"] == "invalid_scope"
    assert same.json()["scope"] == "identity:read openid"
    assert (await app.account(less.json()["access_token"])).status_code == 403
