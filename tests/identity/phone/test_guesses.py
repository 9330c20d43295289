"""What may be guessed: five times, for minutes, for one sign-in."""

import asyncio

import httpx
import pytest

from backend.kernel.database import Connection
from backend.testing import Client, Clock
from tests.identity.phone.asking import ask, other_than
from tests.identity.phone_app import NewApp


async def test_two_hundred_guesses_at_once_compare_five(
    new_app: NewApp, phone: str, client: Client, connection: Connection
) -> None:
    app = await new_app().begin()
    await ask(app, phone)
    right = await app.code_sent_to(phone)
    wrong = [f"{number:06}" for number in range(200) if f"{number:06}" != right]
    hands = asyncio.Semaphore(25)

    async def guess(code: str) -> httpx.Response:
        async with hands:
            return await app.submit("code", code=code)

    answers = await asyncio.gather(*(guess(code) for code in wrong))

    statuses = [answer.status_code for answer in answers]
    assert statuses.count(422) == 5
    assert statuses.count(429) == len(wrong) - 5
    attempts = await connection.fetchval(
        "select attempts from identity.otp_challenge order by id desc limit 1"
    )
    assert attempts == 5
    assert (await app.submit("code", code=right)).status_code == 429


async def test_another_code_gives_no_other_five_guesses(
    new_app: NewApp, phone: str, clock: Clock
) -> None:
    app = await new_app().begin()
    await ask(app, phone)
    for _ in range(5):
        await app.submit("code", code=other_than(await app.code_sent_to(phone)))
    clock.advance(minutes=1)
    await ask(app, phone)

    answer = await app.submit("code", code=await app.code_sent_to(phone))

    assert answer.status_code == 429


async def test_a_code_is_good_for_five_minutes_and_once(
    new_app: NewApp, phone: str, clock: Clock
) -> None:
    app = await new_app().begin()
    await ask(app, phone)
    code = await app.code_sent_to(phone)
    clock.advance(minutes=5, seconds=1)
    late = await app.submit("code", code=code)
    await ask(app, phone)
    fresh = await app.code_sent_to(phone)

    first = await app.submit("code", code=fresh)
    second = await app.submit("code", code=fresh)

    assert (late.status_code, first.status_code, second.status_code) == (422, 303, 400)


async def test_a_code_is_for_one_sign_in(new_app: NewApp, phone: str) -> None:
    mine, thief = await new_app().begin(), await new_app().begin()
    await ask(mine, phone)
    code = await mine.code_sent_to(phone)
    await ask(thief, f"{phone[:-1]}1")

    assert (await thief.submit("code", code=code)).status_code == 422
    assert (await mine.submit("code", code=code)).status_code == 303


async def test_only_the_newest_code_counts(new_app: NewApp, phone: str, clock: Clock) -> None:
    app = await new_app().begin()
    await ask(app, phone)
    old = await app.code_sent_to(phone)
    clock.advance(minutes=1)
    await ask(app, phone)
    new = await app.code_sent_to(phone)

    answers = [await app.submit("code", code=code) for code in (old, new)]

    expected = [422, 303] if old != new else [303, 400]
    assert [answer.status_code for answer in answers] == expected


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "12345a", "¹²³⁴⁵⁶"])
async def test_what_is_no_code_costs_no_guess(new_app: NewApp, phone: str, typed: str) -> None:
    app = await new_app().begin()
    await ask(app, phone)
    code = await app.code_sent_to(phone)

    answers = [await app.submit("code", code=typed) for _ in range(6)]

    assert {answer.status_code for answer in answers} == {422}
    assert (await app.submit("code", code=f"{code[:3]} {code[3:]}")).status_code == 303


async def test_a_guess_before_a_code_is_one_too_many_for_nobody(new_app: NewApp) -> None:
    app = await new_app().begin()

    assert (await app.submit("code", code="123456")).status_code == 422
