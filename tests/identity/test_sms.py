"""Text messages on their way: who carries them, and what happens when nobody does."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from backend.host.app import create_app
from backend.host.installation import installation
from backend.host.registry import discover
from backend.host.settings import BadSettings, Settings
from backend.identity.login.sms import FileSmsSender
from backend.identity.settings import Settings as SignIn
from backend.kernel import Module, Transaction
from backend.kernel.database import Connection
from backend.testing import Client, Clock
from backend.testing.callers import alive
from backend.work import drain
from contracts.conformance.identity import SmsSenderConformance
from contracts.identity import Accepted, Rejected, Sent, SmsSender, Unknown
from tests.identity.phone_app import CALLBACK, NewApp

numbers = iter(range(40_000, 99_999, 10))
answers: dict[str, list[Any]] = {}
carried: list[tuple[str, str]] = []


def provider(called: str) -> Any:
    """A provider that answers as it was told to: accepted, unless something else is up next."""

    class Provider:
        name = called

        def __init__(self, _: Any) -> None: ...

        async def send(self, to: str, text: str, *, ref: str, ttl: timedelta) -> Sent:
            carried.append((called, ref))
            waiting = answers.setdefault(called, [])
            answer = waiting.pop(0) if waiting else Accepted(ref=f"{called}-{ref}")
            if isinstance(answer, Exception):
                raise answer
            return answer

    return Provider


class TestFileSmsSender(SmsSenderConformance):
    @pytest.fixture
    def sender(self, tx: Transaction) -> SmsSender:
        return FileSmsSender(tx)


@pytest.fixture(scope="module")
def modules() -> Sequence[Module]:
    return [
        *discover(),
        Module(name="first_mail", provides={SmsSender: provider("first")}),
        Module(name="second_mail", provides={SmsSender: provider("second")}),
    ]


@pytest.fixture(scope="module")
def settings(settings: Mapping[type, msgspec.Struct]) -> Mapping[type, msgspec.Struct]:
    sign_in = SignIn(
        sms_senders=("first", "second"),
        app_redirect_uris=(CALLBACK,),
        carrier_networks=("127.0.0.0/8",),
    )
    return {**settings, SignIn: sign_in}


@pytest.fixture(autouse=True)
def quiet() -> None:
    answers.clear()
    carried.clear()


async def ask(new_app: NewApp) -> Any:
    app = await new_app().begin()
    await drain(app.shop)
    carried.clear()
    answer = await app.submit("phone", phone=f"+849{next(numbers)}000")
    assert answer.status_code == 303
    return app


async def outcomes(app: Any) -> list[str]:
    return [one.outcome for one in await drain(app.shop) if one.name == "identity.send-code"]


async def test_the_first_choice_carries_it(new_app: NewApp, connection: Connection) -> None:
    app = await ask(new_app)

    assert await outcomes(app) == ["done"]
    assert [name for name, _ in carried] == ["first"]
    kept = await connection.fetchval(
        "select provider from identity.otp_challenge order by id desc limit 1"
    )
    assert kept == "first"


async def test_the_second_carries_what_the_first_rejects(new_app: NewApp) -> None:
    app = await ask(new_app)
    answers["first"] = [Rejected()]

    assert await outcomes(app) == ["done"]
    assert [name for name, _ in carried] == ["first", "second"]


async def test_what_both_reject_is_given_up(new_app: NewApp) -> None:
    app = await ask(new_app)
    answers["first"], answers["second"] = [Rejected()], [Rejected()]

    assert await outcomes(app) == ["buried"]


async def test_whoever_was_not_reached_is_passed_over_at_once_and_asked_again_later(
    new_app: NewApp, clock: Clock
) -> None:
    app = await ask(new_app)
    away = Rejected(may_later=True)
    answers["first"], answers["second"] = [away], [away]

    first = await outcomes(app)
    clock.advance(seconds=31)
    answers["first"] = [away]
    later = await outcomes(app)

    assert (first, later) == (["later"], ["done"])
    assert [name for name, _ in carried] == ["first", "second"] * 2


@pytest.mark.parametrize("trouble", [Unknown(), OSError("gone"), TimeoutError()])
async def test_what_nobody_knows_waits_and_goes_again_as_the_same(
    new_app: NewApp, clock: Clock, trouble: Any
) -> None:
    app = await ask(new_app)
    answers["first"] = [trouble]

    first = await outcomes(app)
    at_once = await outcomes(app)
    clock.advance(seconds=31)
    later = await outcomes(app)

    assert (first, at_once, later) == (["later"], [], ["done"])
    assert [name for name, _ in carried] == ["first", "first"]
    assert len({ref for _, ref in carried}) == 1


async def test_who_does_not_answer_is_left_alone_for_a_while(
    new_app: NewApp, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.identity.login.sms._breakers", {})
    app = await ask(new_app)
    answers["first"] = [Unknown()] * 5
    for _ in range(5):
        await outcomes(app)
        clock.advance(seconds=31)

    assert await outcomes(app) == ["done"]
    assert [name for name, _ in carried] == ["first"] * 5 + ["second"]


@pytest.mark.parametrize("env", ["prod", "test"])
def test_the_stand_in_is_refused_where_people_are_real(env: str, tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="TINHS_IDENTITY_SMS_SENDERS"):
        installation({"TINHS_ENV": env, "TINHS_IDENTITY_SMS_SENDERS": "file"})
    assert installation({"TINHS_ENV": "dev", "TINHS_IDENTITY_SMS_SENDERS": "file"})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("TINHS_IDENTITY_CARRIER_NETWORKS", "everywhere"),
        ("TINHS_IDENTITY_APP_REDIRECT_URIS", "http://app.example/"),
    ],
)
def test_settings_that_cannot_be_meant_stop_the_start(name: str, text: str) -> None:
    with pytest.raises(BadSettings, match=name):
        installation({name: text})


async def test_a_developer_reads_what_was_not_sent(
    modules: Sequence[Module],
    settings: Mapping[type, msgspec.Struct],
    tmp_path: Path,
    tx: Transaction,
) -> None:
    ours: Any = settings[Settings]
    dev = msgspec.structs.replace(ours, env="dev", data_dir=tx.data_dir)
    app = create_app(modules, {**settings, Settings: dev}, secret=b"s" * 32)
    async with alive(app), Client(app) as client:
        empty = await client.get("/dev/outbox")
        ref = f"work-{uuid4().hex}"
        await FileSmsSender(tx).send("+84900000001", "xin chào", ref=ref, ttl=timedelta(minutes=5))
        page = await client.get("/dev/outbox")
        listed = await client.get("/dev/outbox", headers={"Accept": "application/json"})

    assert "+84900000001" not in empty.text
    assert "xin chào" in page.text
    assert "no-store" in page.headers["cache-control"]
    assert listed.json()["items"][0]["to"] == "+84900000001"


async def test_a_provider_whose_codes_do_not_come_back_carries_nothing_more_there(
    new_app: NewApp, clock: Clock, connection: Connection
) -> None:
    """Its codes went to one range and none came back; the other provider is not to blame."""
    clock.advance(hours=2)
    app, block = new_app(), f"+849{next(numbers)}"
    for last in range(20):
        one = await app.beside().begin()
        assert (await one.submit("phone", phone=f"{block}{last:03}")).status_code == 303
    await drain(app.shop)
    assert {name for name, _ in carried} == {"first"}
    carried.clear()

    for last in (900, 901):
        one = await app.beside().begin()
        assert (await one.submit("phone", phone=f"{block}{last}")).status_code == 303
    await drain(app.shop)
    elsewhere = await app.beside().begin()
    await elsewhere.submit("phone", phone=f"+849{next(numbers)}000")
    await drain(app.shop)

    assert [name for name, _ in carried] == ["second", "second", "first"]
