"""Officers come in by their key, step up with it, and leave; nothing else opens the door."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from backend.identity.authority import Authority
from backend.identity.console import repository
from backend.identity.jobs import SWEEP
from backend.identity.minting import form_token
from backend.identity.scopes import READ, WRITE
from backend.kernel.database import Connection
from backend.testing import Caller, Client, Clock
from backend.testing.callers import BASE_URL
from contracts.identity import PasskeySuspected
from tests.identity.authenticator import PRESENT, Authenticator
from tests.identity.officer import OURS, Browser, Invite, holder_of
from tests.identity.test_passkeys import added, asked_by


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


async def test_coming_in_anew_ends_what_was_open_in_that_browser(at_work: Browser) -> None:
    old = at_work.cookie

    came_in = await at_work.answer("/console/login")
    at_work.cookie, new = old, at_work.cookie
    with_old = await at_work.look("/console")
    at_work.cookie = new
    with_new = await at_work.look("/console")

    assert came_in.headers["location"] == "/console"
    assert with_old.headers["location"] == "/console/login"
    assert with_new.status_code == 200


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
