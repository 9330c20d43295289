"""An officer's keys: by a link, by another key, and the first administrator's."""

import asyncio
import json
import re
from uuid import uuid4

import pytest

from backend.identity.authority import Authority
from backend.identity.console import enrolling
from backend.identity.console.enrolling import AdminsExist
from backend.identity.minting import form_token
from backend.kernel.database import Connection
from backend.testing import Client, Clock
from backend.testing.callers import BASE_URL
from tests.identity.authenticator import Authenticator
from tests.identity.officer import Browser, Invite, holder_of
from tests.identity.test_passkeys import asked_by


async def test_a_link_makes_a_key_and_the_key_opens_the_console(
    browser: Browser, invited: Invite
) -> None:
    link = await invited("officer")

    enrolled = await browser.answer(link)
    came_in = await browser.answer("/console/login")
    console = await browser.look("/console")

    assert enrolled.headers["location"] == "/console/login?enrolled"
    assert came_in.headers["location"] == "/console"
    assert "HttpOnly; SameSite=Strict" in came_in.headers["set-cookie"]
    assert "Lê Thị Sáu" in console.text
    policy = console.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


async def test_looking_at_a_link_does_not_use_it_up_and_using_it_does(
    browser: Browser, invited: Invite
) -> None:
    link = await invited("officer")

    looked = [(await browser.look(link)).status_code for _ in range(3)]
    used = await browser.answer(link)
    again = await browser.look(link)

    assert (looked, used.status_code, again.status_code) == ([200] * 3, 303, 400)


async def test_a_link_that_two_use_at_once_makes_one_key(
    client: Client, invited: Invite, connection: Connection
) -> None:
    link = await invited("officer", name="Một khóa")
    browsers = [Browser(client, Authenticator(BASE_URL)) for _ in range(4)]

    made = [browser.key.make(asked_by((await browser.look(link)).text)) for browser in browsers]

    answers = await asyncio.gather(
        *(
            browser.submit(link, credential=json.dumps(each))
            for browser, each in zip(browsers, made, strict=True)
        )
    )

    ended = [answer.headers.get("location") for answer in answers]
    assert sorted(map(str, ended)) == ["/console/login?enrolled", *["None"] * 3]
    await connection.execute("select set_config('tinhs.kind', 'job', false)")
    keys = await connection.fetchval(
        "select count(*) from identity.passkey join identity.staff on staff.id = passkey.staff_id"
        " where staff.name = 'Một khóa'"
    )
    assert keys == 1


@pytest.mark.parametrize(("minutes", "status"), [(24 * 60 - 1, 200), (24 * 60, 400)])
async def test_a_link_has_its_day(
    browser: Browser, invited: Invite, clock: Clock, minutes: int, status: int
) -> None:
    link = await invited("officer")
    clock.advance(minutes=minutes)

    assert (await browser.look(link)).status_code == status


async def test_a_newer_link_ends_the_older(
    browser: Browser, invited: Invite, connection: Connection
) -> None:
    first = await invited("officer", name="Hai liên kết")
    staff_id = await connection.fetchval(
        "select id from identity.staff where name = 'Hai liên kết'"
    )
    second = await invited(staff_id=staff_id)

    assert (await browser.look(first)).status_code == 400
    assert (await browser.look(second)).status_code == 200


async def test_a_new_key_by_a_link_replaces_the_lost_one_and_ends_its_sessions(
    at_work: Browser, client: Client, invited: Invite, connection: Connection
) -> None:
    staff_id = await holder_of(connection, at_work.key)
    again = Browser(client, Authenticator(BASE_URL))

    await again.answer(await invited(staff_id=staff_id))

    assert (await at_work.look("/console")).headers["location"] == "/console/login"
    at_work.cookie = ""
    assert (await at_work.answer("/console/login")).headers["location"] == "/console/login?again"
    assert (await again.answer("/console/login")).headers["location"] == "/console"


async def test_a_second_key_opens_as_the_first_and_the_last_one_stays(
    at_work: Browser, client: Client, clock: Clock
) -> None:
    clock.advance(seconds=1)
    second = Browser(client, Authenticator(BASE_URL))
    first_key, at_work.key = at_work.key, second.key
    added_key = await at_work.answer("/console/keys")
    listed = await at_work.look("/console/keys")
    ids = re.findall(r"/console/keys/([0-9a-f-]{36})/remove", listed.text)
    came_in = await second.answer("/console/login")

    form = {"csrf": form_token(at_work.cookie)}
    removed = [
        (await at_work.submit(f"/console/keys/{each}/remove", **form)).headers["location"]
        for each in ids
    ]

    assert added_key.headers["location"] == "/console/keys"
    assert came_in.headers["location"] == "/console"
    assert len(ids) == 2
    assert removed == ["/console/keys", "/console/keys?again"]
    old = Browser(client, first_key)
    assert (await old.answer("/console/login")).headers["location"] == "/console/login?again"


async def test_a_key_is_added_and_removed_after_a_fresh_proof_alone(
    at_work: Browser, clock: Clock, client: Client
) -> None:
    asked = asked_by((await at_work.look("/console/keys")).text)
    told = json.dumps(Authenticator(BASE_URL).make(asked))
    clock.advance(minutes=6)

    late = await at_work.submit("/console/keys", credential=told, csrf=form_token(at_work.cookie))
    page = await at_work.look("/console/keys")

    assert late.headers["location"] == "/console/step-up"
    assert "data-options" not in page.text


async def test_two_who_remove_their_last_two_keys_at_once_keep_one(at_work: Browser) -> None:
    at_work.key = Authenticator(BASE_URL)
    await at_work.answer("/console/keys")
    page = (await at_work.look("/console/keys")).text
    ids = re.findall(r"/console/keys/([0-9a-f-]{36})/remove", page)
    form = {"csrf": form_token(at_work.cookie)}

    await asyncio.gather(*(at_work.submit(f"/console/keys/{each}/remove", **form) for each in ids))

    left = (await at_work.look("/console/keys")).text
    assert left.count('<th scope="row">') == 1


async def test_the_first_administrator_comes_by_a_link_of_fifteen_minutes(
    authority: Authority, browser: Browser, clock: Clock, connection: Connection
) -> None:
    await connection.execute("update identity.staff set status = 'disabled'")
    async with authority.transaction() as tx:
        late = await enrolling.bootstrap(tx, name="Trễ", agency_id=uuid4())
    clock.advance(minutes=15)
    over = await browser.look(late.removeprefix(BASE_URL))
    async with authority.transaction() as tx:
        link = await enrolling.bootstrap(tx, name="Đầu tiên", agency_id=uuid4())
        other = await enrolling.bootstrap(tx, name="Cũng đầu tiên", agency_id=uuid4())

    enrolled = await browser.answer(link.removeprefix(BASE_URL))
    too_late = await browser.look(other.removeprefix(BASE_URL))

    assert (over.status_code, enrolled.status_code, too_late.status_code) == (400, 303, 400)
    with pytest.raises(AdminsExist):
        async with authority.transaction() as tx:
            await enrolling.bootstrap(tx, name="Thứ hai", agency_id=uuid4())


@pytest.mark.parametrize("token", ["%E1%BA%A1", "a%0D%0AX-Evil:%201", "..%5C..%5Cevil", "a" * 65])
async def test_an_address_that_no_link_can_have_leads_nowhere(browser: Browser, token: str) -> None:
    """It would come back in the `Location` of the answer."""
    answer = await browser.submit(f"/console/enrol/{token}", credential="no credential")

    assert (answer.status_code, answer.headers.get("location")) == (400, None)


async def test_recovery_is_for_one_administrator_or_none_and_shown_for_a_month(
    authority: Authority, client: Client, clock: Clock, connection: Connection
) -> None:
    await connection.execute("update identity.staff set status = 'disabled'")
    first, second = (Browser(client, Authenticator(BASE_URL)) for _ in range(2))
    async with authority.transaction() as tx:
        link = await enrolling.bootstrap(tx, name="Đầu tiên", agency_id=uuid4())
    await first.answer(link.removeprefix(BASE_URL))
    async with authority.transaction() as tx:
        link = await enrolling.recover(tx, name="Cứu hộ", agency_id=uuid4())
    await second.answer(link.removeprefix(BASE_URL))
    with pytest.raises(AdminsExist):
        async with authority.transaction() as tx:
            await enrolling.recover(tx, name="Thêm nữa", agency_id=uuid4())

    await first.answer("/console/login")
    shown = await first.look("/console")
    clock.advance(days=31)
    first.cookie = ""
    await first.answer("/console/login")
    later = await first.look("/console")

    assert "Cứu hộ" in shown.text
    assert "Cứu hộ" not in later.text
