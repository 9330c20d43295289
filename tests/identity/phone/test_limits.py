"""How often codes are sent: to a number, a range, a device, an address."""

import asyncio
from datetime import timedelta

from backend.kernel.database import Connection
from backend.testing import Clock
from tests.identity.phone.asking import ask, ranges
from tests.identity.phone_app import NewApp, code_of


async def sends(connection: Connection) -> int:
    return await connection.fetchval("select count(*) from identity.otp_challenge")


async def test_a_number_is_asked_once_in_many_at_once(
    new_app: NewApp, phone: str, connection: Connection
) -> None:
    app = new_app()
    apps = [await app.beside().begin() for _ in range(20)]
    before = await sends(connection)

    answers = await asyncio.gather(*(ask(app, phone) for app in apps))

    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [303] + [429] * 19
    assert await sends(connection) == before + 1
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert 1 <= int(refused.headers["retry-after"]) <= 60


async def test_the_pause_doubles_until_a_code_comes_back(
    new_app: NewApp, phone: str, clock: Clock
) -> None:
    app, pauses = new_app(), list[int]()

    for _ in range(4):
        assert (await ask(await app.beside().begin(), phone)).status_code == 303
        refused = await ask(await app.beside().begin(), phone)
        pauses.append(int(refused.headers["retry-after"]))
        clock.advance(seconds=pauses[-1])
    proven = await app.beside().begin()
    await ask(proven, phone)
    code_of(await proven.submit("code", code=await proven.code_sent_to(phone)))
    clock.advance(minutes=12)
    after = await ask(await app.beside().begin(), phone)

    assert pauses[0] == 60
    assert pauses[1:] == [120, 240, 480]
    assert after.status_code == 303


async def test_a_number_gets_five_an_hour_and_ten_a_day(
    new_app: NewApp, phone: str, clock: Clock
) -> None:
    async def go_on(hours: float) -> int:
        """Sign in as often as one may, for so long; return how often that was."""
        until, count = clock.now + timedelta(hours=hours), 0
        while True:
            app = await new_app().begin()
            answer = await ask(app, phone)
            if answer.status_code == 303:
                count += 1
                code_of(await app.submit("code", code=await app.code_sent_to(phone)))
            else:
                clock.advance(seconds=int(answer.headers["retry-after"]))
            if clock.now >= until:
                return count

    # What was used comes back evenly: five at once, and one more every twelve minutes.
    assert await go_on(0.2) <= 6
    assert await go_on(23.0) <= 10 + 10


async def test_three_codes_for_one_sign_in(
    new_app: NewApp, phone: str, connection: Connection
) -> None:
    app = await new_app().begin()
    before = await sends(connection)
    asked = [f"{phone[:-2]}{number:02}" for number in range(10)]

    answers = await asyncio.gather(*(ask(app, number) for number in asked))

    assert sorted(answer.status_code for answer in answers) == [303] * 3 + [429] * 7
    assert await sends(connection) == before + 3


async def test_a_device_gets_no_more_by_beginning_anew(new_app: NewApp, phone: str) -> None:
    app = new_app()
    statuses = []
    for number in range(5):
        await app.begin()
        statuses.append((await ask(app, f"{phone[:-2]}{number:02}")).status_code)

    assert statuses == [303] * 3 + [429] * 2


async def test_a_range_of_numbers_that_never_answers_is_left_alone(
    new_app: NewApp, phone: str, connection: Connection
) -> None:
    app, before = new_app(), await sends(connection)
    apps = [await app.beside().begin() for _ in range(25)]

    statuses = [
        (await ask(one, f"{phone[:-2]}{number:02}")).status_code for number, one in enumerate(apps)
    ]
    app.clock.advance(minutes=16)
    later = await ask(await app.beside().begin(), f"{phone[:-2]}99")

    assert statuses == [303] * 20 + [429] * 5
    assert await sends(connection) == before + 21
    assert later.status_code == 303


async def test_an_address_gets_twenty_an_hour_and_a_carrier_more(new_app: NewApp) -> None:
    app = new_app()

    async def statuses(address: str) -> list[int]:
        found: list[int] = []
        for _ in range(24):
            one = await app.beside().begin()
            answer = await one.client.post(
                f"{one.path}/phone",
                data={"phone": f"+849{next(ranges)}000"},
                headers={"Cookie": f"__Host-ix={one.cookie}", "X-Forwarded-For": address},
            )
            found.append(answer.status_code)
        return found

    assert await statuses("198.51.100.7") == [303] * 20 + [429] * 4
    assert await statuses("127.0.0.9") == [303] * 24
