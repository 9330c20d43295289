"""Officers come in by a link and a key, step up with it, and leave; nothing else opens the door."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from backend.identity.authority import Authority
from backend.identity.console import enrolling, repository
from backend.identity.console.enrolling import AdminsExist
from backend.identity.jobs import SWEEP
from backend.identity.minting import form_token, mint_staff
from backend.identity.scopes import READ, WRITE
from backend.kernel.database import Connection
from backend.testing import Caller, Client, Clock
from backend.testing.callers import BASE_URL
from contracts.identity import PasskeySuspected
from tests.identity.authenticator import PRESENT, Authenticator
from tests.identity.test_passkeys import added, asked_by

OURS = {"Sec-Fetch-Site": "same-origin", "Origin": "null"}


class Browser:
    """An officer's browser with a key, which keeps one cookie."""

    def __init__(self, client: Client, key: Authenticator) -> None:
        self.client, self.key, self.cookie = client, key, ""

    async def look(self, path: str) -> httpx.Response:
        return self._kept(await self.client.get(path, headers=self._headers({})))

    async def submit(
        self, path: str, headers: dict[str, str] = OURS, **form: str
    ) -> httpx.Response:
        sent = self._headers(headers)
        return self._kept(await self.client.post(path, data=form, headers=sent))

    async def answer(self, path: str, **more: Any) -> httpx.Response:
        """Do what the page of that path asks for, with the key."""
        page = await self.look(path)
        assert page.status_code == 200, page.text
        asked = asked_by(page.text)
        told = self.key.make(asked) if "user" in asked else self.key.use(asked, **more)
        form = {"csrf": form_token(self.cookie)} if self.cookie else {}
        return await self.submit(path, credential=json.dumps(told), **form)

    def _headers(self, more: dict[str, str]) -> dict[str, str]:
        return {**more, "Cookie": f"__Host-console={self.cookie}"} if self.cookie else dict(more)

    def _kept(self, answer: httpx.Response) -> httpx.Response:
        told = answer.headers.get("set-cookie", "")
        if told.startswith("__Host-console="):
            self.cookie = told.partition(";")[0].partition("=")[2]
        return answer


Invite = Callable[..., Awaitable[str]]


@pytest.fixture
def browser(client: Client) -> Browser:
    return Browser(client, Authenticator(BASE_URL, count=1))


@pytest.fixture
def invited(authority: Authority) -> Invite:
    """A link for a new officer."""

    async def invite(*roles: str, name: str = "Lê Thị Sáu", staff_id: UUID | None = None) -> str:
        async with authority.transaction() as tx:
            officer = staff_id
            if officer is None:
                officer = await enrolling.invite(tx, name=name, email=None, invited_by=())
                await mint_staff(
                    tx, name=name, roles=roles, agency_id=uuid4(), areas=["14797"], staff_id=officer
                )
            link = await enrolling.link_for(
                tx, officer, kind="invitation", made_by=(), life=enrolling.INVITATION_LIFE
            )
        return link.removeprefix(BASE_URL)

    return invite


@pytest.fixture
async def at_work(browser: Browser, invited: Invite) -> Browser:
    """An officer who has enrolled and come in."""
    assert (await browser.answer(await invited("officer"))).status_code == 303
    assert (await browser.answer("/console/login")).status_code == 303
    return browser


async def holder_of(connection: Connection, key: Authenticator) -> UUID:
    """Return whose key it is, seen as the house itself does."""
    await connection.execute("select set_config('tinhs.kind', 'job', false)")
    return await connection.fetchval(
        "select staff_id from identity.passkey where credential_id = $1", key.id
    )


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


async def test_a_key_that_does_not_verify_its_holder_is_refused(
    client: Client, invited: Invite
) -> None:
    browser = Browser(client, Authenticator(BASE_URL, flags=PRESENT))
    link = await invited("officer")

    answer = await browser.answer(link)

    assert answer.headers["location"].endswith("?again")
    assert (await browser.look(link)).status_code == 200


async def test_a_citizens_key_opens_no_console_and_an_officers_no_account(
    client: Client, as_citizen: Callable[..., Caller], at_work: Browser, new_app: Any
) -> None:
    device = Authenticator(BASE_URL)
    await added(as_citizen(READ, WRITE), device)

    console = await Browser(client, device).answer("/console/login")
    app = await new_app().begin()
    told = at_work.key.use(asked_by((await app.look()).text))
    account = await app.submit("passkey", credential=json.dumps(told))

    assert console.headers["location"] == "/console/login?again"
    assert account.status_code == 422


async def test_a_disabled_officer_is_out_at_the_next_request(
    at_work: Browser, connection: Connection, authority: Authority
) -> None:
    staff_id = await holder_of(connection, at_work.key)
    async with authority.transaction() as tx:
        await tx.run(repository.DISABLE, staff_id, tx.now)

    console = await at_work.look("/console")
    at_work.cookie = ""
    door = await at_work.answer("/console/login")

    assert console.headers["location"] == "/console/login"
    assert door.headers["location"] == "/console/login?again"


async def test_a_step_up_changes_the_cookie_and_ends_the_old_one(
    at_work: Browser, clock: Clock, connection: Connection
) -> None:
    old = at_work.cookie
    clock.advance(minutes=6)
    stale = await at_work.look("/console")

    stepped = await at_work.answer("/console/step-up")
    fresh = await at_work.look("/console")
    at_work.cookie, new = old, at_work.cookie
    with_old = await at_work.look("/console")

    assert 'href="/console/step-up"' in stale.text
    assert stepped.headers["location"] == "/console"
    assert new != old
    assert 'href="/console/step-up"' not in fresh.text
    assert with_old.headers["location"] == "/console/login"


async def test_a_day_ends_twelve_hours_after_coming_in_whatever_was_proved_since(
    at_work: Browser, clock: Clock
) -> None:
    for _ in range(25):
        clock.advance(minutes=28)
        assert (await at_work.answer("/console/step-up")).headers["location"] == "/console"
    clock.advance(minutes=21)

    assert (await at_work.look("/console")).headers["location"] == "/console/login"


async def test_only_ones_own_key_steps_up(
    at_work: Browser, client: Client, invited: Invite
) -> None:
    colleague = Browser(client, Authenticator(BASE_URL))
    await colleague.answer(await invited("officer"))
    at_work.key = colleague.key

    answer = await at_work.answer("/console/step-up")

    assert answer.headers["location"] == "/console/step-up?again"


@pytest.mark.parametrize(
    ("headers", "csrf"),
    [
        ({}, "…"),
        ({"Sec-Fetch-Site": "same-origin"}, "…"),
        ({"Origin": BASE_URL}, "…"),
        ({**OURS, "Origin": "https://evil.example"}, "…"),
        ({**OURS, "Sec-Fetch-Site": "same-site"}, "…"),
        (OURS, ""),
        (OURS, "guessed"),
    ],
    ids=str,
)
async def test_a_form_from_elsewhere_does_nothing(
    at_work: Browser, headers: dict[str, str], csrf: str
) -> None:
    asked = asked_by((await at_work.look("/console/step-up")).text)
    form = {"csrf": form_token(at_work.cookie) if csrf == "…" else csrf}
    before = at_work.cookie

    stepped = await at_work.submit(
        "/console/step-up", headers, credential=json.dumps(at_work.key.use(asked)), **form
    )
    left = await at_work.submit("/console/leave", headers, **form)

    assert "set-cookie" not in stepped.headers
    assert "set-cookie" not in left.headers
    assert at_work.cookie == before
    assert (await at_work.look("/console")).status_code == 200


async def test_nobody_can_be_made_to_sign_in_as_somebody_else(
    at_work: Browser, client: Client
) -> None:
    asked = asked_by((await client.get("/console/login")).text)
    told = json.dumps(at_work.key.use(asked))

    answer = await client.post(
        "/console/login",
        data={"credential": told},
        headers={"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
    )

    assert answer.headers["location"] == "/console/login?again"
    assert "set-cookie" not in answer.headers


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


async def test_a_console_that_closed_a_month_ago_is_forgotten(
    at_work: Browser, clock: Clock, connection: Connection, shop: Any
) -> None:
    async def kept() -> int:
        async with shop.transaction() as tx:
            await SWEEP.run(tx)
        await connection.execute("select set_config('tinhs.kind', 'job', false)")
        return await connection.fetchval(
            "select count(*) from identity.console_session where expires_at < $1", clock.now
        )

    clock.advance(days=29)
    before = await kept()
    clock.advance(days=2)
    after = await kept()

    assert before > 0
    assert after == 0


async def test_leaving_ends_the_session_on_the_server(at_work: Browser) -> None:
    cookie = at_work.cookie

    left = await at_work.submit("/console/leave", csrf=form_token(cookie))
    at_work.cookie = cookie

    assert left.headers["location"] == "/console/login"
    assert left.headers["clear-site-data"] == '"cache", "storage"'
    assert (await at_work.look("/console")).headers["location"] == "/console/login"


async def test_a_key_that_may_be_a_copy_ends_the_session_at_step_up(
    at_work: Browser, told: Callable[..., Any]
) -> None:
    at_work.key.count = 0

    answer = await at_work.answer("/console/step-up")

    assert answer.headers["location"] == "/console/login"
    assert len(await told(PasskeySuspected)) == 1


async def test_the_cookie_of_the_console_is_nothing_to_a_citizens_page(
    at_work: Browser, new_app: Any
) -> None:
    app = await new_app().begin()

    answer = await app.client.post(
        f"{app.path}/phone",
        data={"phone": "0912000009"},
        headers={"Cookie": f"__Host-ix={app.cookie}; __Host-console={at_work.cookie}", **OURS},
    )

    assert answer.status_code == 303


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
