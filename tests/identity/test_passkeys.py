"""Passkeys of citizens: made in the account, used at the door, refused when anything is amiss."""

import asyncio
import html
import json
import re
from collections.abc import Callable
from typing import Any

import asyncpg
import httpx
import pytest

from backend.identity.scopes import READ, WRITE
from backend.kernel.database import Connection
from backend.testing import Caller, Clock
from backend.testing.callers import BASE_URL
from contracts.identity import PasskeysChanged, PasskeySuspected
from tests.identity.authenticator import COPIED, MAY_BE_COPIED, PRESENT, VERIFIED, Authenticator
from tests.identity.phone_app import NewApp, PhoneApp, answered, code_of

PASSKEYS = "/v1/account/passkeys"


@pytest.fixture
def device() -> Authenticator:
    return Authenticator(BASE_URL, count=1)


async def added(citizen: Caller, device: Authenticator, name: str = "Điện thoại") -> httpx.Response:
    asked = await citizen.post(f"{PASSKEYS}/options", key=None)
    assert asked.status_code == 200, asked.text
    sent = {"name": name, "credential": device.make(asked.json())}
    return await citizen.post(PASSKEYS, json=sent)


@pytest.fixture
async def owner(as_citizen: Callable[..., Caller], device: Authenticator) -> Caller:
    """Somebody who was identified at a counter, and has just made a passkey."""
    citizen = as_citizen(READ, WRITE, ial=2)
    answer = await added(citizen, device)
    assert answer.status_code == 201, answer.text
    return citizen


async def options_of(app: PhoneApp) -> dict[str, Any]:
    """Return what the page asks an authenticator."""
    return asked_by((await app.look()).text)


def asked_by(page: str) -> dict[str, Any]:
    found = re.search(r'data-passkey="\w+" data-options="([^"]+)"', page)
    assert found, page
    return json.loads(html.unescape(found[1]))


async def used(app: PhoneApp, told: dict[str, Any]) -> httpx.Response:
    return await app.submit("passkey", credential=json.dumps(told))


async def test_a_passkey_opens_the_account_it_was_made_in(
    owner: Caller, device: Authenticator, new_app: NewApp
) -> None:
    app = await new_app().begin(acr_values="aal2")

    answer = await used(app, device.use(await options_of(app)))

    tokens = await app.trade(code_of(answer))
    account = (await app.account(tokens["access_token"])).json()
    assert account["person_id"] == str(owner.person_id)
    assert (account["acr"], account["ial"]) == ("aal2", 2)
    (listed,) = (await owner.get(PASSKEYS)).json()["items"]
    assert listed["name"] == "Điện thoại"
    assert listed["last_used_at"] is not None


async def test_a_passkey_proves_no_more_than_the_session_that_made_it(
    as_citizen: Callable[..., Caller], connection: Connection, new_app: NewApp
) -> None:
    device = Authenticator(BASE_URL)
    citizen = as_citizen(READ, WRITE)
    assert (await added(citizen, device)).status_code == 201
    await connection.execute(
        "update identity.person set ial = 2, status = 'verified' where id = $1", citizen.person_id
    )
    app = await new_app().begin()

    answer = await used(app, device.use(await options_of(app)))

    tokens = await app.trade(code_of(answer))
    assert (await app.account(tokens["access_token"])).json()["ial"] == 0


async def test_only_a_passkey_answers_an_app_that_wants_more_than_a_code(new_app: NewApp) -> None:
    strong = await (await new_app().begin(acr_values="aal2")).look()
    any_way = await (await new_app().begin()).look()

    assert 'name="credential"' in strong.text
    assert 'name="phone"' not in strong.text
    assert 'name="phone"' in any_way.text
    assert "script-src 'self'" in strong.headers["content-security-policy"]
    assert "unsafe" not in strong.headers["content-security-policy"]


@pytest.mark.parametrize(
    "changed",
    [
        {"origin": "https://evil.example"},
        {"rp_id": "evil.example"},
        {"flags": PRESENT},
        {"user_handle": "AAAAAAAAAAAAAAAAAAAAAA"},
        {"challenge": "AAAA"},
        {"challenge": "A" * 76},
    ],
    ids=str,
)
async def test_an_answer_that_was_given_elsewhere_is_refused(
    owner: Caller, device: Authenticator, new_app: NewApp, changed: dict[str, Any]
) -> None:
    app = await new_app().begin()

    answer = await used(app, device.use(await options_of(app), **changed))

    assert answer.status_code == 422


@pytest.mark.parametrize("told", ["", "{}", "[]", '"x"', '{"id": 1}', "[" * 5000])
async def test_what_is_no_answer_is_refused(new_app: NewApp, told: str) -> None:
    app = await new_app().begin()

    answer = await app.submit("passkey", credential=told)

    assert answer.status_code == 422


async def test_garbage_inside_an_answer_is_refused(
    owner: Caller, device: Authenticator, new_app: NewApp
) -> None:
    app = await new_app().begin()
    for member in ("authenticatorData", "signature", "clientDataJSON"):
        told = device.use(await options_of(app))
        told["response"][member] = told["response"][member][:5]

        assert (await used(app, told)).status_code == 422


async def test_an_answer_counts_once_and_where_it_was_asked(
    owner: Caller, device: Authenticator, new_app: NewApp
) -> None:
    app = await new_app().begin()
    told = device.use(await options_of(app))
    other = await new_app().begin()

    elsewhere = await used(other, told)
    both = await asyncio.gather(used(app, told), used(app, told))

    assert elsewhere.status_code == 422
    assert sorted(answer.status_code for answer in both) in ([303, 400], [303, 422])
    (won,) = (answer for answer in both if answer.status_code == 303)
    assert "code" in answered(won)


async def test_an_answer_comes_within_five_minutes(
    owner: Caller, device: Authenticator, new_app: NewApp, clock: Clock
) -> None:
    app = await new_app().begin()
    told = device.use(await options_of(app))
    clock.advance(minutes=6)

    late = await used(app, told)

    assert late.status_code == 422
    assert "năm phút" in late.text


async def test_a_passkey_that_counts_backwards_is_refused_and_told(
    owner: Caller,
    device: Authenticator,
    new_app: NewApp,
    told: Callable[..., Any],
) -> None:
    app = await new_app().begin()
    device.count = 40
    await used(app, device.use(await options_of(app)))
    app = await new_app().begin()
    device.count = 7

    answer = await used(app, device.use(await options_of(app)))

    assert answer.status_code == 422
    events = [e for e in await told(PasskeySuspected) if e.holder_id == owner.person_id]
    assert len(events) == 1


async def test_a_copied_passkey_says_zero_and_goes_on_working(
    as_citizen: Callable[..., Caller], new_app: NewApp
) -> None:
    device = Authenticator(BASE_URL, flags=PRESENT | VERIFIED | MAY_BE_COPIED | COPIED)
    citizen = as_citizen(READ, WRITE)
    await added(citizen, device)

    for _ in range(2):
        app = await new_app().begin()
        assert (await used(app, device.use(await options_of(app)))).status_code == 303

    assert (await citizen.get(PASSKEYS)).json()["items"][0]["is_copied"] is True


async def test_ten_tries_are_enough(owner: Caller, device: Authenticator, new_app: NewApp) -> None:
    app = await new_app().begin()
    wrong = [(await app.submit("passkey", credential="{}")).status_code for _ in range(10)]

    right = await used(app, device.use(await options_of(app)))

    assert wrong == [422] * 10
    assert right.status_code == 429


async def test_the_first_passkey_needs_a_fresh_sign_in(new_app: NewApp, clock: Clock) -> None:
    app = new_app()
    tokens = await app.sign_in("+84905551201", scope="identity:read identity:write")

    fresh = await app.call("POST", f"{PASSKEYS}/options", tokens["access_token"])
    clock.advance(minutes=11)
    renewed = (await app.refresh(tokens["refresh_token"])).json()
    stale = await app.call("POST", f"{PASSKEYS}/options", renewed["access_token"])

    assert (fresh.status_code, stale.status_code) == (200, 401)
    assert 'acr_values="aal2"' in stale.headers["www-authenticate"]


async def test_the_first_passkey_needs_all_that_was_ever_proved(
    as_citizen: Callable[..., Caller], connection: Connection
) -> None:
    citizen = as_citizen(READ, WRITE)
    await citizen.get(PASSKEYS)
    await connection.execute("update identity.person set ial = 2 where id = $1", citizen.person_id)

    answer = await citizen.post(f"{PASSKEYS}/options", key=None)

    assert answer.status_code == 401


async def test_a_second_passkey_needs_the_first(owner: Caller) -> None:
    answer = await owner.post(f"{PASSKEYS}/options", key=None)

    assert answer.status_code == 401
    assert answer.json()["type"].endswith("/kernel/step-up-needed")


async def test_an_account_has_ten_passkeys_and_keeps_its_last(
    as_citizen: Callable[..., Caller], told: Callable[..., Any]
) -> None:
    citizen = as_citizen(READ, WRITE, acr="aal2")
    made = [await added(citizen, Authenticator(BASE_URL)) for _ in range(10)]
    eleventh = await citizen.post(f"{PASSKEYS}/options", key=None)

    ids = [answer.json()["id"] for answer in made]
    removed = await asyncio.gather(*(citizen.delete(f"{PASSKEYS}/{each}") for each in ids))

    assert eleventh.status_code == 409
    assert eleventh.json()["type"].endswith("/identity/too-many-passkeys")
    assert sorted(answer.status_code for answer in removed) == [204] * 9 + [409]
    (last,) = (answer for answer in removed if answer.status_code == 409)
    assert last.json()["type"].endswith("/identity/last-passkey")
    changes = [e.change for e in await told(PasskeysChanged) if e.person_id == citizen.person_id]
    assert sorted(changes) == ["added"] * 10 + ["removed"] * 9


async def test_a_removed_passkey_opens_nothing(
    as_citizen: Callable[..., Caller], new_app: NewApp
) -> None:
    citizen = as_citizen(READ, WRITE, acr="aal2")
    kept, lost = Authenticator(BASE_URL), Authenticator(BASE_URL)
    await added(citizen, kept)
    made = (await added(citizen, lost)).json()
    assert (await citizen.delete(f"{PASSKEYS}/{made['id']}")).status_code == 204
    app = await new_app().begin()

    answer = await used(app, lost.use(await options_of(app)))

    assert answer.status_code == 422


async def test_another_citizen_neither_sees_nor_removes_it(
    owner: Caller, as_citizen: Callable[..., Caller]
) -> None:
    (theirs,) = (await owner.get(PASSKEYS)).json()["items"]
    stranger = as_citizen(READ, WRITE, acr="aal2")

    listed = await stranger.get(PASSKEYS)
    removed = await stranger.delete(f"{PASSKEYS}/{theirs['id']}")

    assert listed.json()["items"] == []
    assert removed.status_code == 404


async def test_one_passkey_belongs_to_one_account(
    owner: Caller, device: Authenticator, as_citizen: Callable[..., Caller]
) -> None:
    other = as_citizen(READ, WRITE)

    answer = await added(other, device)

    assert answer.status_code == 409
    assert answer.json()["type"].endswith("/identity/passkey-taken")


async def test_what_was_made_for_another_session_is_not_kept(
    as_citizen: Callable[..., Caller],
) -> None:
    device, victim, thief = Authenticator(BASE_URL), as_citizen(WRITE), as_citizen(WRITE)
    asked = await victim.post(f"{PASSKEYS}/options", key=None)

    answer = await thief.post(PASSKEYS, json={"name": "x", "credential": device.make(asked.json())})

    assert answer.status_code == 422
    assert answer.json()["type"].endswith("/identity/passkey-refused")


async def test_the_wall_shows_a_citizen_only_their_own(
    owner: Caller, as_citizen: Callable[..., Caller], database: Any, connection: Connection
) -> None:
    stranger = as_citizen(READ)
    await stranger.get(PASSKEYS)
    login: Any = await asyncpg.connect(database.auth)
    try:

        async def seen(kind: str, person: Any) -> int:
            async with login.transaction():
                await login.execute(
                    "select set_config('tinhs.kind', $1, true),"
                    " set_config('tinhs.person_id', $2, true)",
                    kind,
                    str(person),
                )
                return await login.fetchval("select count(*) from identity.passkey")

        assert await seen("citizen", stranger.person_id) == 0
        assert await seen("citizen", owner.person_id) == 1
        assert await seen("staff", "") == 0
        assert await seen("job", "") > 0
    finally:
        await login.close()
