"""Codes by phone: what is sent, to whom, how often, and what may be guessed."""

import asyncio
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from backend.host.settings import Settings
from backend.identity.authority import Authority
from backend.identity.login import numbers as kept_numbers
from backend.identity.login.numbers import mobile
from backend.identity.settings import Settings as SignIn
from backend.kernel.database import Connection, Transaction
from backend.testing import Client, Clock
from backend.work import drain
from tests.identity.phone_app import CALLBACK, OURS, NewApp, PhoneApp, code_of

ranges = iter(range(30_000, 99_999, 10))


@pytest.fixture(scope="module")
def settings(settings: Mapping[type, msgspec.Struct]) -> Mapping[type, msgspec.Struct]:
    """A crowd of its own, so that many tests may send from one address."""
    ours: Any = settings[Settings]
    sign_in = SignIn(
        sms_senders=("file",),
        app_redirect_uris=(CALLBACK,),
        carrier_networks=("127.0.0.0/8",),
    )
    return {
        **settings,
        SignIn: sign_in,
        Settings: msgspec.structs.replace(ours, database_pool=30),
    }


@pytest.fixture
def phone() -> str:
    """A number that nobody has had yet, of a range of its own."""
    return f"+849{next(ranges)}000"


async def ask(app: PhoneApp, phone: str) -> httpx.Response:
    return await app.submit("phone", phone=phone)


async def person_of(app: PhoneApp, tokens: dict[str, Any]) -> UUID:
    return UUID((await app.account(tokens["access_token"])).json()["person_id"])


async def seasoned(connection: Connection, person_id: UUID, ial: int) -> None:
    await connection.execute(
        "update identity.person set ial = $2, status = 'verified' where id = $1", person_id, ial
    )


# --- what is sent -------------------------------------------------------------------------------


async def test_a_message_names_the_action_and_fills_itself_in(new_app: NewApp, phone: str) -> None:
    app = await new_app().begin(ui_locales="en")
    await ask(app, phone)
    code = await app.code_sent_to(phone)

    (text,) = (letter["text"] for letter in app.letters() if code in letter["text"])
    assert text.splitlines()[-1] == f"@testserver.local #{code}"
    assert "sign in" in text
    assert text.isascii()
    assert len(text) <= 160


async def test_what_waits_to_be_sent_is_sealed(
    new_app: NewApp, phone: str, connection: Connection
) -> None:
    app = await new_app().begin()
    await ask(app, phone)

    payload = await connection.fetchval(
        "select payload::text from kernel.work where name = 'identity.send-code'"
        " order by id desc limit 1"
    )

    assert set(msgspec.json.decode(payload)) == {"challenge_id", "sealed", "expires_at", "avoid"}
    assert phone[3:] not in payload
    await app.code_sent_to(phone)


async def test_the_worker_notes_who_took_the_message(
    new_app: NewApp, phone: str, connection: Connection
) -> None:
    app = await new_app().begin()
    await ask(app, phone)
    await app.code_sent_to(phone)

    row: Any = await connection.fetchrow(
        "select provider, ref, sent_at from identity.otp_challenge order by id desc limit 1"
    )
    assert row["provider"] == "file"
    assert row["ref"].startswith("work-")
    assert row["sent_at"] is not None


async def test_a_code_that_is_too_old_is_not_sent(
    new_app: NewApp, phone: str, clock: Clock
) -> None:
    app = await new_app().begin()
    await drain(app.shop)
    await ask(app, phone)
    clock.advance(minutes=6)

    did = await drain(app.shop)

    assert [one.outcome for one in did if one.name == "identity.send-code"] == ["buried"]
    assert not [letter for letter in app.letters() if letter["to"] == phone]


async def test_a_number_is_kept_sealed_and_found_again(
    new_app: NewApp, phone: str, connection: Connection, authority: Authority
) -> None:
    app = new_app()
    person_id = await person_of(app, await app.sign_in(phone))

    row: Any = await connection.fetchrow(
        """
        select phone.value_enc, phone.bidx, subject_key.wrapped
          from identity.person_phone as phone
          join identity.subject_key on subject_key.subject_id = phone.person_id
         where phone.person_id = $1
        """,
        person_id,
    )
    key = authority.kms.unwrap("kek-1", bytes(row["wrapped"]), about=f"subject_key|{person_id}")
    nonce, sealed = bytes(row["value_enc"][:12]), bytes(row["value_enc"][12:])
    about = f"person_phone|value_enc|{person_id}|1".encode()
    assert AESGCMSIV(key).decrypt(nonce, sealed, about) == phone.encode()
    assert bytes(row["bidx"]) == kept_numbers.indexed(authority.kms, phone)
    assert len(row["bidx"]) == 16


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("0912345678", "+84912345678"),
        ("0912 345 678", "+84912345678"),
        ("+84 (91) 234-56.78", "+84912345678"),
        ("84912345678", "+84912345678"),
        ("0233 123 4567", None),
        ("02373852246", None),
        ("0112345678", None),
        ("091234567", None),
        ("09123456789", None),
        ("+85512345678", None),
        ("+1 202 555 0100", None),
        ("٠٩١٢٣٤٥٦٧٨", None),
        ("", None),
        ("0912345678\n", "+84912345678"),
    ],
)
def test_only_vietnamese_mobiles_are_numbers(typed: str, number: str | None) -> None:
    assert mobile(typed) == number


async def test_anything_else_is_refused_before_it_costs(new_app: NewApp) -> None:
    app = await new_app().begin()

    answers = [await ask(app, typed) for typed in ("", "0237 385 2246", "+12025550100", "x" * 24)]

    assert {answer.status_code for answer in answers} == {422}
    assert (await ask(app, "0399 000 001")).status_code == 303


# --- what may be guessed ------------------------------------------------------------------------


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


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


# --- how often may be sent ----------------------------------------------------------------------


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


# --- what the answers tell ----------------------------------------------------------------------


async def test_an_answer_does_not_tell_whether_a_number_is_known(
    new_app: NewApp, phone: str, clock: Clock, connection: Connection
) -> None:
    app = new_app()
    person_id = await person_of(app, await app.sign_in(phone))
    await seasoned(connection, person_id, 2)
    clock.advance(hours=2)
    unknown = f"{phone[:-3]}111"
    seen: list[list[Any]] = []

    for number in (phone, unknown):
        one = await new_app().begin()
        asked = await ask(one, number)
        shown = await one.look()
        wrong = await one.submit("code", code=other_than(await one.code_sent_to(number)))
        again = await ask(one, number)
        seen.append([
            (answer.status_code, headers_of(answer), text_of(answer, one, number))
            for answer in (asked, shown, wrong, again)
        ])  # fmt: skip

    assert seen[0] == seen[1]


def headers_of(answer: httpx.Response) -> list[tuple[str, str]]:
    own = {"trace-id", "ratelimit", "date", "location", "etag"}
    return sorted((name, value) for name, value in answer.headers.items() if name not in own)


def text_of(answer: httpx.Response, app: PhoneApp, number: str) -> str:
    return answer.text.replace(app.path, "PATH").replace(number[-3:], "NNN")


async def test_known_and_unknown_cost_the_same_statements(
    new_app: NewApp, phone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = new_app()
    await app.sign_in(phone)
    app.clock.advance(hours=2)
    ran: list[str] = []
    run, maybe = Transaction.run, Transaction.maybe
    ours = asyncio.current_task()

    def note(sql: str) -> None:
        if asyncio.current_task() is ours:  # the keys turn beside us
            ran.append(sql)

    async def noted_run(self: Any, statement: Any, *values: Any) -> int:
        note(statement.sql)
        return await run(self, statement, *values)

    async def noted_maybe(self: Any, query: Any, *values: Any) -> Any:
        note(query.sql)
        return await maybe(self, query, *values)

    counts: list[list[str]] = []
    for number in (phone, f"{phone[:-3]}222"):
        one = await new_app().begin()
        ran.clear()
        with monkeypatch.context() as watching:
            watching.setattr(Transaction, "run", noted_run)
            watching.setattr(Transaction, "maybe", noted_maybe)
            await ask(one, number)
        counts.append([*ran])

    assert counts[0] == counts[1]


# --- whose number it is -------------------------------------------------------------------------


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
