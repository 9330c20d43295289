"""What people do with their own account: devices, number, and objections."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from backend.host.settings import Settings
from backend.identity.authority import Authority
from backend.identity.scopes import PHONE, READ, WRITE
from backend.identity.settings import Settings as SignIn
from backend.kernel.database import Connection
from backend.testing import Caller, Clock
from backend.work import drain
from backend.work.perform import Workshop
from backend.work.plan import Planner
from contracts.identity import PersonMerged, PhoneChanged, PhoneChanging
from contracts.personal_data import People
from tests.identity.phone_app import CALLBACK, NewApp, PhoneApp

NUMBERS = iter(range(60_000, 99_999, 10))
Told = Callable[[type], Awaitable[list[Any]]]


@pytest.fixture(scope="module")
def settings(settings: Mapping[type, msgspec.Struct]) -> Mapping[type, msgspec.Struct]:
    sign_in = SignIn(
        sms_senders=("file",), app_redirect_uris=(CALLBACK,), carrier_networks=("127.0.0.0/8",)
    )
    ours: Any = settings[Settings]
    return {
        **settings,
        SignIn: sign_in,
        Settings: msgspec.structs.replace(ours, database_pool=30),
    }


@pytest.fixture
def phone() -> str:
    return f"+849{next(NUMBERS)}000"


@pytest.fixture
def new_citizen(as_citizen: Callable[..., Caller]) -> Callable[..., Caller]:
    return lambda **how: as_citizen(READ, WRITE, PHONE, **how)


@pytest.fixture
def reader(new_app: NewApp, clock: Clock) -> PhoneApp:
    """Whoever reads what was sent; minutes after whatever was before."""
    return new_app()


@pytest.fixture
async def a_tick(shop: Workshop) -> Callable[[], Awaitable[None]]:
    """Do what the clock asks for, and what follows."""
    await Planner(shop).tick()  # a timetable begins with the first look at it

    async def ticked() -> None:
        await Planner(shop).tick()
        await drain(shop)

    return ticked


async def ask(citizen: Caller, phone: str) -> Any:
    return await citizen.post("/v1/account/phone", json={"phone": phone}, key=None)


async def code_for(reader: PhoneApp, phone: str) -> str:
    await drain(reader.shop)
    texts = [letter["text"] for letter in reader.letters() if letter["to"] == phone]
    found = re.search(r"#([0-9]{6})$", texts[-1])
    assert found, texts
    return found[1]


async def prove(citizen: Caller, code: str) -> Any:
    return await citizen.post("/v1/account/phone/code", json={"code": code}, key=None)


async def change(citizen: Caller, reader: PhoneApp, phone: str) -> Any:
    assert (await ask(citizen, phone)).status_code == 202
    held = await prove(citizen, await code_for(reader, phone))
    assert held.status_code == 202, held.text
    return held


async def phone_of(authority: Authority, person_id: UUID | None) -> str | None:
    assert person_id is not None
    async with authority.transaction() as tx:
        contact = await tx.ask(People).contact(person_id)
    return None if contact is None else contact.phone


# --- sessions -----------------------------------------------------------------------------------


async def test_a_person_sees_their_devices_and_signs_one_out(new_app: NewApp, phone: str) -> None:
    scope = "identity:read identity:write"
    one = await (here := new_app()).sign_in(phone, scope=scope)
    two = await (there := new_app()).sign_in(phone, scope=scope)

    listed = await call(here, "GET", "/v1/account/sessions", one)
    (other,) = [item for item in listed["items"] if item["id"] != listed["current_id"]]
    await call(here, "DELETE", f"/v1/account/sessions/{other['id']}", one, status=204)

    assert (await there.account(two["access_token"])).status_code == 401
    assert (await here.account(one["access_token"])).status_code == 200
    assert other["client_name"] == "Tỉnh-S"


async def test_signing_the_others_out_leaves_the_one_that_asks(new_app: NewApp, phone: str) -> None:
    scope = "identity:read identity:write"
    apps, tokens = [], []
    for _ in range(3):
        apps.append(app := new_app())
        tokens.append(await app.sign_in(phone, scope=scope))
    tokens[0] = (await apps[0].refresh(tokens[0]["refresh_token"])).json()

    await call(apps[0], "DELETE", "/v1/account/sessions", tokens[0], status=400)
    await call(apps[0], "DELETE", "/v1/account/sessions?others=1", tokens[0], status=204)

    after = [
        (await app.account(each["access_token"])).status_code
        for app, each in zip(apps, tokens, strict=True)
    ]
    assert after == [200, 401, 401]


async def test_nobody_signs_a_strangers_device_out(new_citizen: Callable[..., Caller]) -> None:
    owner, stranger = new_citizen(), new_citizen()
    session_id = (await owner.get("/v1/account/sessions")).json()["current_id"]

    answers = [
        await stranger.delete(f"/v1/account/sessions/{each}") for each in (session_id, uuid4())
    ]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert (await owner.get("/v1/account")).status_code == 200


async def call(
    app: PhoneApp, method: str, path: str, tokens: dict[str, Any], *, status: int = 200
) -> Any:
    url = f"http://testserver.local{path}"
    nonce = app._authority.proofs.nonce(app.clock.now)
    headers = app.signer.headers(
        method, url, tokens["access_token"], now=app.clock.now, nonce=nonce
    )
    answer = await app.client.request(method, path, headers=headers)
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


# --- number -------------------------------------------------------------------------------------


async def test_a_number_changes_after_a_day_and_both_numbers_are_told(
    new_citizen: Callable[..., Caller],
    reader: PhoneApp,
    authority: Authority,
    clock: Clock,
    a_tick: Callable[[], Awaitable[None]],
    told: Told,
) -> None:
    citizen = new_citizen()
    old, new = (f"+849{next(NUMBERS)}000" for _ in range(2))
    await change(citizen, reader, old)
    clock.advance(hours=25)
    await a_tick()
    first = await phone_of(authority, citizen.person_id)

    held = await change(citizen, reader, new)
    listed = (await citizen.get("/v1/account/phone")).json()["items"]
    clock.advance(hours=23)
    await a_tick()
    waiting = await phone_of(authority, citizen.person_id)
    clock.advance(hours=2)
    await a_tick()
    after = await phone_of(authority, citizen.person_id)

    assert (first, waiting, after) == (old, old, new)
    assert [item["ready_at"] for item in listed] == [held.json()["ready_at"], None]
    assert all(item["masked"].endswith("000") and "•" in item["masked"] for item in listed)
    warned = [letter["text"] for letter in reader.letters() if letter["to"] == old]
    assert any("#" not in text for text in warned)
    for kind in (PhoneChanging, PhoneChanged):
        events = [event for event in await told(kind) if event.person_id == citizen.person_id]
        assert len(events) == 2


async def test_a_change_can_be_cancelled_while_it_waits(
    new_citizen: Callable[..., Caller],
    reader: PhoneApp,
    phone: str,
    authority: Authority,
    clock: Clock,
    a_tick: Callable[[], Awaitable[None]],
) -> None:
    citizen = new_citizen()
    await change(citizen, reader, phone)

    cancelled = await citizen.delete("/v1/account/phone")
    clock.advance(hours=25)
    await a_tick()

    assert cancelled.status_code == 204
    assert await phone_of(authority, citizen.person_id) is None
    assert (await citizen.delete("/v1/account/phone")).status_code == 404


async def test_an_account_that_had_nothing_but_the_number_comes_along(
    new_citizen: Callable[..., Caller],
    new_app: NewApp,
    phone: str,
    authority: Authority,
    clock: Clock,
    a_tick: Callable[[], Awaitable[None]],
    told: Told,
) -> None:
    app = new_app()
    tokens = await app.sign_in(phone)
    old = UUID((await app.account(tokens["access_token"])).json()["person_id"])
    clock.advance(minutes=3)
    citizen = new_citizen(ial=2)
    await change(citizen, new_app(), phone)

    clock.advance(hours=25)
    await a_tick()

    events = [event for event in await told(PersonMerged) if event.old_id == old]
    assert [event.new_id for event in events] == [citizen.person_id]
    assert await phone_of(authority, citizen.person_id) == phone


async def test_a_number_whose_code_is_over_is_forgotten(
    new_citizen: Callable[..., Caller],
    phone: str,
    clock: Clock,
    connection: Connection,
    a_tick: Callable[[], Awaitable[None]],
) -> None:
    citizen = new_citizen()
    clock.advance(minutes=3)
    assert (await ask(citizen, phone)).status_code == 202
    kept = "select count(*) from identity.phone_change where person_id = $1"
    before = await connection.fetchval(kept, citizen.person_id)

    clock.advance(minutes=7)
    await a_tick()

    assert (before, await connection.fetchval(kept, citizen.person_id)) == (1, 0)


async def test_a_weak_session_does_not_change_the_number(
    new_citizen: Callable[..., Caller], phone: str
) -> None:
    answer = await ask(new_citizen(acr="aal1"), phone)

    assert answer.status_code == 401
    assert 'acr_values="aal2"' in answer.headers["www-authenticate"]


async def test_only_five_codes_are_compared_however_many_come_at_once(
    new_citizen: Callable[..., Caller], reader: PhoneApp, phone: str
) -> None:
    citizen = new_citizen()
    await ask(citizen, phone)
    right = await code_for(reader, phone)
    wrong = [f"{(int(right) + n) % 1_000_000:06}" for n in range(1, 41)]

    answers = await asyncio.gather(*(prove(citizen, code) for code in wrong))
    late = await prove(citizen, right)

    statuses = [answer.status_code for answer in answers]
    assert statuses.count(409) == 5
    assert set(statuses) <= {409, 429, 503}, "by the limit, or by a house with much to do"
    assert late.status_code == 429


async def test_the_answer_is_the_same_for_every_number(
    new_citizen: Callable[..., Caller], new_app: NewApp, phone: str, clock: Clock
) -> None:
    app = new_app()
    await app.sign_in(phone)
    clock.advance(minutes=3)
    unknown = f"+849{next(NUMBERS)}000"

    answers = [await ask(new_citizen(), each) for each in (phone, unknown)]

    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json() == answers[1].json()
    private = {"trace-id", "date", "dpop-nonce"}
    shown = [{k: v for k, v in a.headers.items() if k not in private} for a in answers]
    assert shown[0] == shown[1]


async def test_a_message_costs_the_same_as_at_sign_in(
    new_citizen: Callable[..., Caller], phone: str, clock: Clock
) -> None:
    clock.advance(minutes=3)
    first = await ask(new_citizen(), phone)
    second = await ask(new_citizen(), phone)
    foreign = await ask(new_citizen(), "+84281234567")

    assert (first.status_code, second.status_code, foreign.status_code) == (202, 429, 422)
    assert int(second.headers["retry-after"]) in range(1, 61)


# --- objections ---------------------------------------------------------------------------------


async def test_the_owner_objects_and_the_device_never_gets_in(
    new_app: NewApp, phone: str, connection: Connection, clock: Clock
) -> None:
    scope = "identity:read identity:write"
    owner = new_app()
    tokens = await owner.sign_in(phone, scope=scope)
    person_id = (await owner.account(tokens["access_token"])).json()["person_id"]
    await connection.execute(
        "update identity.person set ial = 2, status = 'verified' where id = $1", UUID(person_id)
    )
    stranger = await new_app().begin()
    await stranger.prove(phone)
    await stranger.submit("code", number="mine")

    tokens = (await owner.refresh(tokens["refresh_token"])).json()
    waiting = await call(owner, "GET", "/v1/account/claims", tokens)
    await call(owner, "DELETE", "/v1/account/claims", tokens, status=204)
    await call(owner, "DELETE", "/v1/account/claims", tokens, status=404)
    clock.advance(hours=25)
    await stranger.begin()
    asked = await stranger.prove(phone)

    assert len(waiting["items"]) == 1
    assert asked.headers["location"] == stranger.path  # whose is it? It is asked again, for ever.
