"""What people are told: once, by the ways they chose, at an hour they can bear."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from backend.host.settings import Settings as HouseSettings
from backend.kernel.database import Connection
from backend.kernel.locale import LANGUAGES, learn
from backend.testing import Caller, Client, Clock
from contracts.demo import HAC_THANH, SAM_SON, agency_of
from contracts.notifications import Recipient, ToContact, ToPerson, ToRole
from modules.notifications.scopes import OWN, READ
from tests.installed import with_reports
from tests.notifications.test_senders import AUTH, THEIRS

HERE = "/v1/notifications"
ZONE = timezone(timedelta(hours=7))
Drain = Callable[[], Awaitable[list[str]]]
Tell = Callable[..., Awaitable[Any]]


@pytest.fixture(autouse=True)
def _words() -> None:
    for language in LANGUAGES:
        spoken = {"vi": "Tin về {code}: {thing}", "en": "News of {code}: {thing}"}[language]
        for what in ("trial", "trial-now"):
            text = spoken if what == "trial" else spoken.partition(":")[0]
            learn(language, {f"feedback.notifications.{what}.title": text})
            learn(language, {f"feedback.notifications.{what}.text": f"{text}."})


@pytest.fixture(autouse=True)
def _noon(clock: Clock) -> None:
    at_noon(clock)


def at_noon(clock: Clock) -> None:
    tomorrow = clock.now.astimezone(ZONE).date() + timedelta(days=1)
    clock.now = datetime(tomorrow.year, tomorrow.month, tomorrow.day, 12, tzinfo=ZONE)


@pytest.fixture(scope="module")
def outbox(settings: Any) -> Path:
    return settings[HouseSettings].data_dir / "outbox"


@pytest.fixture
def citizen(as_citizen: Callable[..., Caller]) -> Caller:
    return as_citizen(READ, OWN)


@pytest.fixture
def tell(client: Client) -> Tell:
    async def told(to: Recipient, *, once: str = "", **more: Any) -> Any:
        body = {"to": msgspec.to_builtins(to), "once": once or uuid4().hex, **more}
        headers = {"Idempotency-Key": uuid4().hex}
        answer = await client.post("/v1/trial/tellings", json=body, headers=headers)
        assert answer.status_code == 201, answer.text
        return answer.status_code

    return told


@pytest.fixture
def letters(outbox: Path) -> Callable[[str], list[dict[str, Any]]]:
    seen = set(outbox.glob("*.json"))

    def found(channel: str) -> list[dict[str, Any]]:
        files = sorted(set(outbox.glob(f"{channel}*.json")) - seen)
        return [msgspec.json.decode(file.read_bytes()) for file in files]

    return found


def me(person: Caller) -> ToPerson:
    assert person.person_id is not None
    return ToPerson(person_id=person.person_id)


async def told(person: Caller, **headers: str) -> list[dict[str, Any]]:
    answer = await person.get(f"{HERE}/inbox", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def choose(person: Caller, **choices: Any) -> Any:
    answer = await person.put(f"{HERE}/preferences", json=choices)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def subscribe(person: Caller, path: str = "1") -> Any:
    keys = {"p256dh": THEIRS, "auth": AUTH}
    body = {"endpoint": f"https://push.example.invalid/{path}", "keys": keys}
    return await person.post(f"{HERE}/devices", json=body)


async def test_an_inbox_is_read_in_the_language_of_its_reader(citizen: Caller, tell: Tell) -> None:
    await tell(me(citizen))

    (vietnamese,) = await told(citizen)
    (english,) = await told(citizen, **{"Accept-Language": "en"})

    assert vietnamese["title"] == "Tin về PA-2346CD: đường"
    assert english["title"] == "News of PA-2346CD: roads"
    assert english["about"] == "PA-2346CD"
    assert english["read_at"] is None


async def test_the_same_thing_is_told_once(citizen: Caller, tell: Tell) -> None:
    for _ in range(3):
        assert await tell(me(citizen), once="one") == 201

    assert len(await told(citizen)) == 1


async def test_nobody_reads_what_others_were_told(
    citizen: Caller, as_citizen: Callable[..., Caller], tell: Tell
) -> None:
    await tell(me(citizen))

    assert await told(as_citizen(READ)) == []


async def test_a_role_is_told_and_everybody_who_holds_it_reads(
    as_staff: Callable[..., Caller], tell: Tell
) -> None:
    agency = agency_of(HAC_THANH)
    first, second = (as_staff("officer", areas=[HAC_THANH], agency_id=agency) for _ in range(2))
    moderator = as_staff("moderator", areas=[HAC_THANH], agency_id=agency)
    elsewhere = as_staff("officer", areas=[SAM_SON], agency_id=agency_of(SAM_SON))

    await tell(ToRole(role="officer", agency_id=agency, area_code=HAC_THANH))

    (message,) = await told(first)
    assert [each["id"] for each in await told(second)] == [message["id"]]
    assert await told(moderator) == await told(elsewhere) == []
    read = await first.post(f"{HERE}/readings", json={"ids": [message["id"]]}, key=None)
    assert read.status_code == 204, read.text
    assert (await told(first))[0]["read_at"] is not None
    assert (await told(second))[0]["read_at"] is None
    assert (await first.get(f"{HERE}/unread")).json() == {"unread": 0}
    assert (await second.get(f"{HERE}/unread")).json() == {"unread": 1}


async def test_reading_up_to_one_reads_all_that_is_older(citizen: Caller, tell: Tell) -> None:
    for _ in range(3):
        await tell(me(citizen))
    newest, middle, _ = await told(citizen)

    await citizen.post(f"{HERE}/readings", json={"until": middle["id"]}, key=None)

    assert (await citizen.get(f"{HERE}/unread")).json() == {"unread": 1}
    assert (await told(citizen))[0]["id"] == newest["id"]


@with_reports
async def test_mail_says_it_all_and_a_screen_only_that_there_is_news(
    citizen: Caller, tell: Tell, drain: Drain, letters: Callable[..., Any]
) -> None:
    chosen = await choose(citizen, email="hoa@example.vn", language="en")
    await subscribe(citizen)
    await tell(me(citizen))

    await drain()

    (mail,) = letters("email")
    (push,) = letters("push")
    assert chosen["email"] == mail["to"] == "hoa@example.vn"
    assert mail["text"].startswith("News of PA-2346CD: roads")
    assert push["text"] == "PA-2346CD: there is news."


@with_reports
async def test_no_address_lies_open_in_the_database(
    citizen: Caller, connection: Connection
) -> None:
    await choose(citizen, email="lan@example.vn")
    await subscribe(citizen, "secret-endpoint")

    await connection.execute("select set_config('tinhs.kind', 'job', false)")
    for table in ("preference", "device", "delivery", "message"):
        rows = await connection.fetch(f"select t::text as row from notifications.{table} as t")
        for row in rows:
            assert "lan@" not in row["row"]
            assert "secret-endpoint" not in row["row"]


async def test_at_night_only_what_presses_goes_out(
    citizen: Caller, tell: Tell, drain: Drain, letters: Callable[..., Any], clock: Clock
) -> None:
    await subscribe(citizen)
    clock.advance(hours=10)

    await tell(me(citizen))
    await tell(
        me(citizen), kind="feedback.trial-now", values={"code": "PA-7890CD"}, about="PA-7890CD"
    )
    await drain()
    by_night = [letter["text"] for letter in letters("push")]
    clock.advance(hours=9, minutes=1)
    await drain()

    assert by_night == ["PA-7890CD: có cập nhật."]
    assert len(letters("push")) == 2


@with_reports
async def test_what_is_muted_stays_in_the_inbox(
    citizen: Caller, tell: Tell, drain: Drain, letters: Callable[..., Any]
) -> None:
    await subscribe(citizen)
    await choose(citizen, muted=["own"])
    await tell(me(citizen))

    await drain()

    assert letters("push") == []
    assert len(await told(citizen)) == 1


async def test_a_browser_that_is_gone_is_forgotten(
    citizen: Caller, tell: Tell, drain: Drain, letters: Callable[..., Any]
) -> None:
    await subscribe(citizen, "gone/1")
    await subscribe(citizen, "here/1")
    await tell(me(citizen))

    await drain()

    assert len(letters("push")) == 1
    assert len((await citizen.get(f"{HERE}/devices")).json()["items"]) == 1


async def test_an_app_is_told_as_a_browser_is(
    citizen: Caller, tell: Tell, drain: Drain, letters: Callable[..., Any], connection: Connection
) -> None:
    here = {"token": "cR8:APA91bHun4MxP5egoKMwt2KZFBaFUH-1RYqx"}
    added = [
        await citizen.post(f"{HERE}/devices/apps", json=body)
        for body in (here, here, {"token": "cR8:gone:4MxP5egoKMwt2KZFBaFUH-1RYqx"})
    ]
    await tell(me(citizen))

    await drain()

    assert [answer.status_code for answer in added] == [201, 201, 201], added[0].text
    assert [answer.json()["kind"] for answer in added] == ["fcm"] * 3
    assert added[0].json()["id"] == added[1].json()["id"]
    (letter,) = letters("app")
    assert letter["text"] == "PA-2346CD: có cập nhật."
    listed = (await citizen.get(f"{HERE}/devices")).json()["items"]
    assert [each["id"] for each in listed] == [added[0].json()["id"]]
    await connection.execute("select set_config('tinhs.kind', 'job', false)")
    kept = await connection.fetch("select d::text as row from notifications.device as d")
    assert all("APA91" not in row["row"] for row in kept)


async def test_a_device_is_removed_by_its_owner_alone(
    citizen: Caller, as_citizen: Callable[..., Caller]
) -> None:
    device = (await subscribe(citizen)).json()

    theirs = await as_citizen(OWN).delete(f"{HERE}/devices/{device['id']}")
    own = await citizen.delete(f"{HERE}/devices/{device['id']}")

    assert (theirs.status_code, own.status_code) == (404, 204)


async def test_somebody_without_an_account_is_told_by_mail(
    tell: Tell, drain: Drain, letters: Callable[..., Any]
) -> None:
    nobody = ToContact(subject_id=uuid4())
    await tell(nobody, contact="minh@example.vn")
    await drain()

    (mail,) = letters("email")
    assert mail["to"] == "minh@example.vn"


async def test_a_province_says_it_in_its_own_words(
    citizen: Caller, tell: Tell, as_staff: Callable[..., Caller], clock: Clock
) -> None:
    admin = as_staff("admin")
    path = f"{HERE}/templates/feedback.trial-now"
    own = {"language": "vi", "title": "{code} có tin", "text": "Xem {code}."}
    await tell(me(citizen), kind="feedback.trial-now", values={"code": "PA-2346CD"})

    changed = await admin.put(path, json=own)
    unfit = await admin.put(path, json={**own, "text": "Xem {reporter} {code.__class__}"})
    clock.advance(minutes=1)

    assert changed.status_code == 200, changed.text
    assert unfit.status_code == 422
    assert (await told(citizen))[0]["title"] == "PA-2346CD có tin"
    listed = (await admin.get(f"{HERE}/templates")).json()["items"]
    ours = {each["is_own"] for each in listed if each["kind"] == "feedback.trial-now"}
    assert ours == {True, False}


async def test_a_subscription_with_keys_that_are_none_is_refused(citizen: Caller) -> None:
    keys = {"p256dh": "A" * 87, "auth": AUTH}
    body = {"endpoint": "https://push.example.invalid/1", "keys": keys}

    answer = await citizen.post(f"{HERE}/devices", json=body)

    assert answer.status_code == 422
    assert answer.json()["type"].endswith("/notifications/subscription-unfit")


@with_reports
async def test_every_kind_has_its_words_in_both_languages(
    as_staff: Callable[..., Caller], clock: Clock
) -> None:
    listed = (await as_staff("admin").get(f"{HERE}/templates")).json()["items"]

    kinds = {each["kind"] for each in listed}
    assert {"feedback.resolved", "feedback.escalated", "feedback.digest"} <= kinds
    for each in listed:
        for name in each["values"]:
            # What is declared is used: a fact that no text says is kept of people for nothing.
            assert (
                f"{{{name}}}" in each["title"] + each["text"]
                or each["kind"] == "feedback.trial-now"
            )
