"""An identity provider in front: who signs in by it, and which accounts become one."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import httpx

from backend.identity.authority import Authority
from backend.kernel.database import Connection
from backend.testing import Clock
from contracts.identity import PersonMerged, PersonVerified
from contracts.personal_data import People
from tests.identity.idp import Idp
from tests.identity.phone_app import NewApp, PhoneApp, code_of
from tests.identity.upstream.rounds import leave, prove, sign_in


async def account(app: PhoneApp, tokens: dict[str, Any]) -> dict[str, Any]:
    answer = await app.account(tokens["access_token"])
    assert answer.status_code == 200, answer.text
    return answer.json()


# --- who it proves ------------------------------------------------------------------------------


async def test_somebody_new_signs_in_and_is_known_the_next_time(
    new_app: NewApp, idp: Idp, told: Callable[[type], Awaitable[list[Any]]]
) -> None:
    sub = uuid4().hex

    first = await account(app := new_app(), await sign_in(app, idp, sub))
    second = await account(app := new_app(), await sign_in(app, idp, sub))

    assert first["person_id"] == second["person_id"]
    assert (first["ial"], first["acr"]) == (2, "aal2")
    verified = [e for e in await told(PersonVerified) if str(e.person_id) == first["person_id"]]
    assert [event.ial for event in verified] == [2]


async def test_the_page_offers_it_by_its_name(new_app: NewApp) -> None:
    app = await new_app().begin()

    page = await app.look()

    assert "VNeID thử" in page.text
    assert f'href="{app.path}/up/vneid"' in page.text


async def test_what_it_asks_is_whole(new_app: NewApp, idp: Idp) -> None:
    location = await leave(await new_app().begin())

    asked = httpx.URL(location).params
    assert location.startswith(f"{idp.url}/authorize?")
    assert (asked["prompt"], asked["max_age"], asked["scope"]) == ("login", "0", "openid")
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == "http://testserver.local/login/cb/vneid"
    assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3


async def test_a_level_is_what_the_settings_say(new_app: NewApp, idp: Idp) -> None:
    one = await account(app := new_app(), await sign_in(app, idp, uuid4().hex, LoaiTaiKhoan="1"))
    app = await new_app().begin()
    unknown = [
        (await prove(app, idp, uuid4().hex, LoaiTaiKhoan=level)).status_code
        for level in (3, True, None, "", "02", [2])
    ]

    assert one["ial"] == 1
    assert unknown == [422] * 6


async def test_an_account_by_phone_becomes_the_one_that_is_proven(
    new_app: NewApp, idp: Idp, phone: str
) -> None:
    before = await account(app := new_app(), await app.sign_in(phone))
    sub = uuid4().hex

    app = await new_app().begin()
    asked = await prove(app, idp, sub)
    page = await app.look()
    linked = await account(app, await app.trade(code_of(await app.prove(phone))))
    again = await account(app := new_app(), await sign_in(app, idp, sub))

    assert f'action="{asked.headers["location"]}/phone"' in page.text
    assert before["person_id"] == linked["person_id"] == again["person_id"]
    assert (before["ial"], linked["ial"], again["ial"]) == (0, 2, 2)


async def test_two_accounts_of_one_human_being_become_one(
    new_app: NewApp, idp: Idp, phone: str, told: Callable[[type], Awaitable[list[Any]]]
) -> None:
    sub = uuid4().hex
    proven = await account(app := new_app(), await sign_in(app, idp, sub))
    by_phone = new_app()
    old_tokens = await by_phone.sign_in(phone)
    old = await account(by_phone, old_tokens)

    app = await new_app().begin()
    await prove(app, idp, sub)
    merged = await account(app, await app.trade(code_of(await app.prove(phone))))
    afterwards = await by_phone.account(old_tokens["access_token"])
    later = await new_app().begin()
    by_number = await later.prove(phone)

    assert merged["person_id"] == proven["person_id"] != old["person_id"]
    assert afterwards.status_code == 401
    # The number is the proven account's now: a device that is new there has to say whose it is.
    assert by_number.headers["location"] == later.path
    events = [e for e in await told(PersonMerged) if str(e.old_id) == old["person_id"]]
    assert [str(event.new_id) for event in events] == [proven["person_id"]]


async def test_a_number_of_somebody_else_is_not_an_account(
    new_app: NewApp, idp: Idp, phone: str
) -> None:
    """The provider knows both: whoever has the number now is not who had it."""
    app = await new_app().begin()
    await prove(app, idp, "first of two")
    first = await account(app, await app.trade(code_of(await app.prove(phone))))

    app = await new_app().begin()
    await prove(app, idp, "second of two")
    second = await account(app, await app.trade(code_of(await app.prove(phone))))

    assert first["person_id"] != second["person_id"]
    again = await account(app := new_app(), await sign_in(app, idp, "first of two"))
    assert again["person_id"] == first["person_id"]


async def test_a_number_that_was_verified_elsewhere_is_left_alone(
    new_app: NewApp, idp: Idp, phone: str, connection: Connection
) -> None:
    holder = await account(app := new_app(), await app.sign_in(phone))
    await connection.execute(
        "update identity.person set ial = 2, status = 'verified' where id = $1",
        UUID(holder["person_id"]),
    )

    app = await new_app().begin()
    await prove(app, idp, uuid4().hex)
    refused = await app.prove(phone)
    without = await account(app, await app.trade(code_of(await app.submit("up/vneid"))))

    assert refused.status_code == 409
    assert "up/vneid" in refused.text
    assert without["person_id"] != holder["person_id"]


async def test_nobody_goes_on_without_a_number_who_was_not_proved(new_app: NewApp) -> None:
    app = await new_app().begin()

    answer = await app.submit("up/vneid")

    assert answer.status_code == 422


async def test_what_it_tells_is_kept_sealed_and_shown_to_the_person_alone(
    new_app: NewApp, idp: Idp, authority: Authority
) -> None:
    number = f"0380990{uuid4().int % 100_000:05}"
    told_of = {"SoDinhDanh": number, "HoVaTen": "Lê Thị Mới", "NgayThangNamSinh": "20010229"}
    app = new_app()
    tokens = await sign_in(app, idp, uuid4().hex, **told_of)
    person_id = UUID((await account(app, tokens))["person_id"])

    async with authority.transaction() as tx:
        people = tx.ask(People)
        card = await people.card(
            person_id, ("name", "birth_date", "national_id"), purpose="identity.sign_in"
        )
    other = await account(app := new_app(), await sign_in(app, idp, uuid4().hex, **told_of))
    async with authority.transaction() as tx:
        found = await tx.ask(People).find("national_id", number, purpose="identity.sign_in")

    assert card is not None
    assert (card.name, card.national_id, card.birth_date) == ("Lê Thị Mới", number, None)
    assert found == person_id != UUID(other["person_id"])


# --- freshness ----------------------------------------------------------------------------------


async def test_an_earlier_success_is_no_second_factor(
    new_app: NewApp, idp: Idp, clock: Clock
) -> None:
    an_hour_ago = int(clock.now.timestamp()) - 3600
    app = await new_app().begin(acr_values="aal2")

    stale = await prove(app, idp, "stale", auth_time=an_hour_ago)
    silent = await prove(app, idp, "stale", auth_time=None)
    fresh = await prove(app, idp, "stale")

    assert [stale.status_code, silent.status_code, fresh.status_code] == [403, 403, 303]


async def test_a_step_up_is_a_round_of_its_own(new_app: NewApp, idp: Idp, clock: Clock) -> None:
    sub = uuid4().hex
    an_hour_ago = int(clock.now.timestamp()) - 3600
    weak = await account(app := new_app(), await sign_in(app, idp, sub, auth_time=an_hour_ago))

    await app.begin(acr_values="aal2")
    await prove(app, idp, sub)
    strong = await account(app, await app.trade(code_of(await app.submit("up/vneid"))))

    assert (weak["acr"], strong["acr"]) == ("aal1", "aal2")
    assert weak["session_id"] != strong["session_id"]
