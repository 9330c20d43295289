"""Whose number it is: of those who come back, share it, or have lost it."""

import asyncio
import re
from uuid import UUID, uuid4

from backend.kernel.database import Connection
from backend.testing import Client, Clock
from tests.identity.phone.asking import ask, person_of, seasoned
from tests.identity.phone_app import OURS, NewApp, code_of


async def test_who_comes_back_is_the_same_person(new_app: NewApp, phone: str, clock: Clock) -> None:
    first, second = new_app(), new_app()
    before = await person_of(first, await first.sign_in(phone))
    clock.advance(days=100)
    after = await person_of(second, await second.sign_in(phone))

    assert before == after


async def test_two_devices_that_prove_a_new_number_at_once_are_one_person(
    new_app: NewApp, phone: str, connection: Connection, clock: Clock
) -> None:
    apps = [await new_app().begin()]
    await ask(apps[0], phone)
    codes = [await apps[0].code_sent_to(phone)]
    clock.advance(minutes=1)
    apps.append(await new_app().begin())
    await ask(apps[1], phone)
    codes.append(await apps[1].code_sent_to(phone))

    answers = await asyncio.gather(
        *(app.submit("code", code=code) for app, code in zip(apps, codes, strict=True))
    )

    people = {
        await person_of(app, await app.trade(code_of(answer)))
        for app, answer in zip(apps, answers, strict=True)
    }
    assert len(people) == 1


async def test_a_number_that_slept_half_a_year_opens_a_new_account(
    new_app: NewApp, phone: str, clock: Clock, connection: Connection
) -> None:
    first, second = new_app(), new_app()
    before = await person_of(first, await first.sign_in(phone))
    clock.advance(days=181)
    after = await person_of(second, await second.sign_in(phone))

    assert before != after
    status = await connection.fetchval("select status from identity.person where id = $1", before)
    assert status == "dormant"


async def test_a_proven_account_is_not_opened_by_its_number_alone(
    new_app: NewApp, phone: str, connection: Connection
) -> None:
    owner = new_app()
    person_id = await person_of(owner, await owner.sign_in(phone))
    await seasoned(connection, person_id, 2)
    stranger = await new_app().begin()

    asked = await stranger.prove(phone)
    page = await stranger.look()
    answer = await stranger.submit("code", number="new")
    newcomer = await person_of(stranger, await stranger.trade(code_of(answer)))

    assert asked.headers["location"] == stranger.path
    assert 'name="number" value="new"' in page.text
    assert newcomer != person_id
    owner.clock.advance(hours=1)
    back = await owner.sign_in(f"{phone[:-1]}9")
    assert await person_of(owner, back) != person_id


async def test_a_known_device_of_a_proven_account_comes_in_with_little(
    new_app: NewApp, phone: str, connection: Connection, clock: Clock
) -> None:
    owner = new_app()
    person_id = await person_of(owner, await owner.sign_in(phone))
    await seasoned(connection, person_id, 2)
    clock.advance(hours=1)

    tokens = await owner.sign_in(phone)

    account = (await owner.account(tokens["access_token"])).json()
    assert UUID(account["person_id"]) == person_id
    assert (account["ial"], account["acr"]) == (0, "aal1")


async def test_a_new_device_of_the_owner_waits_a_day(
    new_app: NewApp, phone: str, connection: Connection, clock: Clock
) -> None:
    owner = new_app()
    person_id = await person_of(owner, await owner.sign_in(phone))
    await seasoned(connection, person_id, 2)
    fresh = new_app()
    await (await fresh.begin()).prove(phone)

    waiting = await fresh.submit("code", number="mine")
    clock.advance(hours=23)
    early = await (await fresh.begin()).prove(phone)
    clock.advance(hours=2)
    tokens = await fresh.sign_in(phone)

    assert waiting.status_code == 202
    assert "code=" not in early.headers["location"]
    assert await person_of(fresh, tokens) == person_id
    told = await connection.fetchval(
        "select count(*) from kernel.event"
        " where type = 'identity.number-claimed.v1' and subject = $1",
        str(person_id),
    )
    assert told == 1


async def test_forms_are_sent_to_nobody_without_a_browser(client: Client) -> None:
    for step in ("phone", "code", "cancel"):
        answer = await client.post(f"/login/{uuid4()}/{step}", data={"phone": "1"}, headers=OURS)
        assert answer.status_code == 400


async def test_a_page_shows_no_more_of_a_number_than_its_end(new_app: NewApp, phone: str) -> None:
    app = await new_app().begin()
    await ask(app, phone)

    page = await app.look()
    again = await app.client.get(f"{app.path}?again", headers={"Cookie": f"__Host-ix={app.cookie}"})

    assert phone[-3:] in page.text
    assert not re.search(phone[3:8], page.text)
    assert 'name="phone"' in again.text
