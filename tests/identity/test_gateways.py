"""Providers over HTTP, their receipts, and the work that is asked for when messages run short."""

import json
import threading
from base64 import b64encode
from collections.abc import Iterator, Mapping
from datetime import timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import pytest

from backend.host.settings import Settings
from backend.identity.login.gateways import Gateway, HttpSmsSender, gateways
from backend.identity.login.receipts import signature
from backend.identity.settings import Settings as SignIn
from backend.kernel.database import Connection
from backend.testing import Client, Clock
from backend.work import drain
from contracts.conformance.identity import SmsSenderConformance
from contracts.identity import Accepted, Rejected, SmsSender, Unknown
from tests.identity.phone_app import CALLBACK, NewApp, PhoneApp

SECRET = f"whsec_{b64encode(b'a secret of a provider').decode()}"
PER_HOUR = 10
numbers = iter(range(10_000_000, 99_999_999, 10_000))


class Office:
    """A provider's office: it takes messages, and answers as it was told to."""

    def __init__(self) -> None:
        self.calls: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.status = 202
        office = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                office.calls.append((dict(self.headers), said))
                body = json.dumps({"ref": f"there-{said['ref']}"}).encode()
                self.send_response(office.status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/messages"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture(scope="module")
def office() -> Iterator[Office]:
    found = Office()
    yield found
    found.server.shutdown()
    found.server.server_close()


@pytest.fixture(autouse=True)
def open_office(office: Office) -> None:
    office.status = 202
    office.calls.clear()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found: Path = tmp_path_factory.mktemp("gateway")
    (found / "key").write_text("key of the province\n")
    (found / "receipts").write_text(f"{SECRET}\nwhsec_{b64encode(b'another').decode()}\n")
    return found


@pytest.fixture(scope="module")
def settings(
    settings: Mapping[type, msgspec.Struct], office: Office, folder: Path
) -> Mapping[type, msgspec.Struct]:
    sign_in = SignIn(
        sms_senders=("viettel",),
        sms_gateways=f"""
            [viettel]
            url = "{office.url}"
            key = "{folder / "key"}"
            receipts = "{folder / "receipts"}"
            is_private = true
            [silent]
            url = "https://sms.example/"
            key = "/nowhere"
        """,
        sms_per_hour=PER_HOUR,
        app_redirect_uris=(CALLBACK,),
        carrier_networks=("127.0.0.0/8",),
    )
    ours: Any = settings[Settings]
    return {
        **settings,
        SignIn: sign_in,
        Settings: msgspec.structs.replace(ours, database_pool=30),
    }


@pytest.fixture
def sender(office: Office, folder: Path) -> SmsSender:
    gateway = Gateway(url=office.url, key=str(folder / "key"), is_private=True)
    return HttpSmsSender("viettel", gateway)


class TestHttpSmsSender(SmsSenderConformance):
    @pytest.fixture
    def sender(self, office: Office, folder: Path) -> SmsSender:
        gateway = Gateway(url=office.url, key=str(folder / "key"), is_private=True)
        return HttpSmsSender("viettel", gateway)


# --- sending ------------------------------------------------------------------------------------


async def test_a_provider_is_told_all_it_needs(sender: SmsSender, office: Office) -> None:
    sent = await sender.send("+84912345678", "thử", ref="work-7", ttl=timedelta(minutes=5))

    ((headers, said),) = office.calls
    assert sent == Accepted(ref="there-work-7")
    assert said == {"to": "+84912345678", "text": "thử", "ref": "work-7", "ttl_seconds": 300}
    assert headers["Authorization"] == "Bearer key of the province"
    assert headers["Idempotency-Key"] == "work-7"


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, Accepted),
        (400, Rejected),
        (401, Rejected),
        (422, Rejected),
        (429, Rejected),
        (301, Unknown),
        (408, Unknown),
        (409, Unknown),
        (500, Unknown),
        (503, Unknown),
    ],
)
async def test_only_what_is_sure_is_said(
    sender: SmsSender, office: Office, status: int, outcome: type
) -> None:
    office.status = status

    sent = await sender.send("+84912345678", "thử", ref="r", ttl=timedelta(minutes=5))

    assert isinstance(sent, outcome)


async def test_a_provider_that_is_not_there_has_sent_nothing(folder: Path) -> None:
    away = Gateway(url="http://127.0.0.1:9/", key=str(folder / "key"), is_private=True)
    keyless = Gateway(url="https://sms.example/", key=str(folder / "none"))

    for gateway in (away, keyless):
        sent = await HttpSmsSender("x", gateway).send("+84", "t", ref="r", ttl=timedelta(1))
        assert sent == Rejected(may_later=True)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("nonsense", "TINHS_IDENTITY_SMS_GATEWAYS"),
        ('[file]\nurl = "https://a/"\nkey = "k"', "file cannot be a name"),
        ('[a]\nurl = "http://a/"\nkey = "k"', "https"),
        ('[a]\nurl = "https:///x"\nkey = "k"', "https"),
        ('[a]\nurl = "https://a/"', "key"),
    ],
)
def test_a_description_that_cannot_work_is_refused_at_once(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        gateways(text)


# --- receipts -----------------------------------------------------------------------------------


async def receipt(
    client: Client,
    clock: Clock,
    body: bytes,
    *,
    provider: str = "viettel",
    secret: str = SECRET,
    **changed: str,
) -> httpx.Response:
    named, sent = uuid4().hex, str(int(clock.now.timestamp()))
    headers = {
        "webhook-id": named,
        "webhook-timestamp": sent,
        "webhook-signature": signature(
            secret, changed.get("id", named), changed.get("timestamp", sent), body
        ),
        **{f"webhook-{name}": text for name, text in changed.items()},
        "Content-Type": "application/json",
    }
    return await client.post(f"/hooks/sms/{provider}", content=body, headers=headers)


async def sent_code(new_app: NewApp, connection: Connection, clock: Clock) -> str:
    clock.advance(hours=1)
    app = await new_app().begin()
    answer = await app.submit("phone", phone=f"+849{next(numbers)}")
    assert answer.status_code == 303
    await drain(app.shop)
    return await connection.fetchval(
        "select ref from identity.otp_challenge where ref is not null order by id desc limit 1"
    )


async def test_a_receipt_is_noted_once(
    new_app: NewApp, client: Client, connection: Connection, clock: Clock
) -> None:
    ref = await sent_code(new_app, connection, clock)
    body = json.dumps({"ref": ref, "state": "delivered"}).encode()

    first = await receipt(client, clock, body, id="one")
    again = await receipt(client, clock, body, id="one")

    assert (first.status_code, again.status_code) == (204, 409)
    kept: Any = await connection.fetchrow(
        "select delivered_at, undelivered_at from identity.otp_challenge where ref = $1", ref
    )
    assert (kept["delivered_at"], kept["undelivered_at"]) == (clock.now, None)


async def test_a_receipt_that_nobody_signed_changes_nothing(
    new_app: NewApp, client: Client, connection: Connection, clock: Clock
) -> None:
    ref = await sent_code(new_app, connection, clock)
    body = json.dumps({"ref": ref, "state": "undelivered"}).encode()
    old = str(int(clock.now.timestamp()) - 301)
    foreign = f"whsec_{b64encode(b'of somebody else').decode()}"

    answers = [
        await receipt(client, clock, body, secret=foreign),
        await receipt(client, clock, body, signature=""),
        await receipt(client, clock, body, signature="v1,x v2,y"),
        await receipt(client, clock, body, timestamp=old),
        await receipt(client, clock, body, timestamp="now"),
        await receipt(client, clock, body, id=""),
        await receipt(client, clock, body, provider="silent"),
        await receipt(client, clock, body, provider="nobody"),
    ]

    assert [answer.status_code for answer in answers] == [401] * 8
    assert not await connection.fetchval(
        "select undelivered_at from identity.otp_challenge where ref = $1", ref
    )


async def test_a_receipt_that_says_nothing_is_refused(client: Client, clock: Clock) -> None:
    for body in (b"", b"{}", b"\xff", b'{"ref": "x", "state": "lost"}'):
        assert (await receipt(client, clock, body)).status_code == 400
    unknown = await receipt(client, clock, b'{"ref": "x", "state": "delivered"}')
    assert unknown.status_code == 204  # who may sign may not ask what there is


# --- work ---------------------------------------------------------------------------------------


def solved(page: str) -> str:
    challenge = page.partition('data-work="')[2].partition('"')[0]
    bits = int(page.partition('data-bits="')[2].partition('"')[0])
    return next(
        str(number)
        for number in count()
        if int.from_bytes(sha256(f"{challenge}.{number}".encode()).digest(), "big") >> (256 - bits)
        == 0
    )


async def crowd(new_app: NewApp, many: int, clock: Clock) -> list[PhoneApp]:
    clock.advance(days=2)
    first = new_app()
    return [await first.beside().begin() for _ in range(many)]


async def test_when_messages_run_short_a_browser_has_to_work(new_app: NewApp, clock: Clock) -> None:
    apps = await crowd(new_app, PER_HOUR + 1, clock)
    phones = [f"+849{next(numbers)}" for _ in apps]

    free = [
        (await app.submit("phone", phone=phone)).status_code
        for app, phone in zip(apps[:8], phones, strict=False)
    ]
    asked = await apps[8].submit("phone", phone=phones[8])
    guessed = await apps[8].submit("phone", phone=phones[8], work="12345")
    foreign = await apps[9].submit("phone", phone=phones[9], work=(work := solved(asked.text)))
    worked = await apps[8].submit("phone", phone=phones[8], work=work)
    last = await apps[9].submit("phone", phone=phones[9], work=solved(foreign.text))
    over = await apps[10].submit("phone", phone=phones[10])

    assert free == [303] * 8
    assert (asked.status_code, guessed.status_code, foreign.status_code) == (403, 403, 403)
    assert '<script src="/static/work.js" defer></script>' in asked.text
    assert (worked.status_code, last.status_code) == (303, 303)
    assert over.status_code == 429
    assert "data-work" not in over.text


async def test_work_is_good_for_one_message(new_app: NewApp, clock: Clock) -> None:
    apps = await crowd(new_app, 9, clock)
    for app in apps[:8]:
        await app.submit("phone", phone=f"+849{next(numbers)}")
    phone = f"+849{next(numbers)}"
    work = solved((await apps[8].submit("phone", phone=phone)).text)

    first = await apps[8].submit("phone", phone=phone, work=work)
    second = await apps[8].submit("phone", phone=f"+849{next(numbers)}", work=work)

    assert (first.status_code, second.status_code) == (303, 403)


async def test_nobody_works_while_there_is_enough(new_app: NewApp, clock: Clock) -> None:
    (app,) = await crowd(new_app, 1, clock)

    assert "data-work" not in (await app.look()).text


def test_the_description_in_the_guide_is_one() -> None:
    page = Path(__file__).parents[2] / "docs" / "guide" / "text-messages.md"
    text = page.read_text(encoding="utf-8").partition("```toml\n")[2].partition("```")[0]

    assert set(gateways(text)) == {"viettel"}
