"""Adapters and stand-ins do the same; Web Push is what its RFCs say."""

import asyncio
from base64 import urlsafe_b64decode
from collections.abc import AsyncGenerator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    derive_private_key,
    generate_private_key,
)
from joserfc import jwt
from joserfc.jwk import ECKey

from backend.host.installation import installation
from backend.host.settings import BadSettings
from backend.kernel import Secret
from backend.kernel.outside import Answer, Ask, Reach, ask
from backend.testing.sites import Asked, Site, Told, standing
from contracts.conformance.notifications import ChannelSenderConformance, outgoing
from contracts.identity import Rejected, Unknown
from contracts.notifications import ChannelSender, Gone
from modules.notifications.model.preferences import Subscription, SubscriptionKeys
from modules.notifications.service.mail import Smtp
from modules.notifications.service.push import WebPush, encrypted, public_half, vapid
from modules.notifications.service.stand_ins import FileEmail, FilePush
from modules.notifications.settings import Settings

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
PUSH = "https://push.example.invalid"
HERE = Reach(may_be_private=True, may_be_plain=True)
# RFC 8291, appendix A.
THEIRS = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
SENDER_KEY = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
MESSAGE = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAm"
    "S6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_"
    "Qulcy4a-fN"
)
VAPID = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"


def raw(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def subscription(path: str = "push/1") -> Subscription:
    return Subscription(
        endpoint=f"{PUSH}/{path}",
        keys=SubscriptionKeys(p256dh=THEIRS, auth=AUTH),
    )


def as_json(path: str) -> str:
    return msgspec.json.encode(subscription(path)).decode()


def leading(url: str, *, instead_of: str = PUSH) -> Ask:
    """A line that leads to this machine instead of the push service."""

    async def asked(method: str, endpoint: str, **more: Any) -> Answer:
        return await ask(method, endpoint.replace(instead_of, url), **{**more, "reach": HERE})

    return asked


def house(folder: Path, **settings: Any) -> Any:
    """What a sender asks of the transaction that it is made with."""
    given = {"vapid_key": Secret(VAPID), "vapid_subject": "mailto:ops@example.vn", **settings}
    own = Settings(**given)
    return SimpleNamespace(data_dir=folder, now=NOW, ask=lambda _: own)


class TestFileEmail(ChannelSenderConformance):
    @pytest.fixture
    def sender(self, tmp_path: Path) -> ChannelSender:
        return FileEmail(house(tmp_path))

    @pytest.fixture
    def to(self) -> str:
        return "hoa@example.vn"

    @pytest.fixture
    def nobody(self) -> str:
        return "gone@example.vn"


class TestFilePush(ChannelSenderConformance):
    @pytest.fixture
    def sender(self, tmp_path: Path) -> ChannelSender:
        return FilePush(house(tmp_path))

    @pytest.fixture
    def to(self) -> str:
        return as_json("push/1")

    @pytest.fixture
    def nobody(self) -> str:
        return as_json("gone/1")


def service(asked: Asked) -> Told:
    """A push service as RFC 8030 describes it."""
    assert asked.method == "POST"
    assert asked.headers["content-encoding"] == "aes128gcm"
    assert int(asked.headers["ttl"]) == 3600
    assert asked.headers["authorization"].startswith("vapid t=")
    if "/gone" in asked.path:
        return Told(status=410)
    return Told(status=201, headers={"Location": f"{asked.path}/message"})


@pytest.fixture
async def site() -> AsyncGenerator[Site]:
    async with standing(service) as found:
        yield found


class TestWebPush(ChannelSenderConformance):
    @pytest.fixture
    def sender(self, tmp_path: Path, site: Site) -> ChannelSender:
        return WebPush(house(tmp_path), ask=leading(site.url))

    @pytest.fixture
    def to(self) -> str:
        return as_json("push/1")

    @pytest.fixture
    def nobody(self) -> str:
        return as_json("gone/1")


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"SENDERS": "fcm"}, "FCM_ACCOUNT"),
        ({"SENDERS": "fcm", "FCM_ACCOUNT": "{}"}, "FCM_ACCOUNT: not the key file"),
        ({"SENDERS": "smtp", "SMTP_HOST": "mail.example.vn"}, "MAIL_FROM"),
        ({"SENDERS": "webpush", "VAPID_SUBJECT": "mailto:a@example.vn"}, "VAPID_KEY"),
        ({"VAPID_KEY": "AAAA"}, "VAPID_KEY: not 32 bytes"),
    ],
)
def test_a_sender_that_lacks_what_it_sends_with_does_not_start(
    given: Mapping[str, str], named: str
) -> None:
    variables = {f"TINHS_NOTIFICATIONS_{name}": value for name, value in given.items()}

    with pytest.raises(BadSettings, match=named):
        installation({"TINHS_ENV": "dev", **variables})


@pytest.fixture
async def mailbox() -> AsyncGenerator[tuple[int, list[str]]]:
    """A mail server that knows everybody but `gone@…`, as RFC 5321 has it; the letters it took."""
    letters: list[str] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example.vn\r\n")
        while line := await reader.readline():
            verb = line[:4].upper()
            if verb == b"QUIT":
                writer.write(b"221 bye\r\n")
                break
            if verb == b"EHLO":
                writer.write(b"250-mail.example.vn\r\n250 8BITMIME\r\n")
            elif verb == b"RCPT" and b"gone@" in line:
                writer.write(b"550 5.1.1 no such mailbox\r\n")
            elif verb == b"DATA":
                writer.write(b"354 go on\r\n")
                letters.append((await reader.readuntil(b"\r\n.\r\n")).decode())
                writer.write(b"250 2.0.0 queued\r\n")
            else:
                writer.write(b"250 ok\r\n")
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], letters


class TestSmtp(ChannelSenderConformance):
    @pytest.fixture
    def sender(self, tmp_path: Path, mailbox: tuple[int, list[str]]) -> ChannelSender:
        own = {"smtp_host": "127.0.0.1", "smtp_port": mailbox[0], "smtp_security": "none"}
        return Smtp(house(tmp_path, mail_from="tinhs@example.vn", **own))

    @pytest.fixture
    def to(self) -> str:
        return "hoa@example.vn"

    @pytest.fixture
    def nobody(self) -> str:
        return "gone@example.vn"

    async def test_a_letter_names_the_message_and_no_stranger(
        self, sender: ChannelSender, to: str, mailbox: tuple[int, list[str]]
    ) -> None:
        message = msgspec.structs.replace(outgoing(to, "work-7"), title="a\r\nBcc: b@example.vn")

        await sender.send(message)

        (letter,) = mailbox[1]
        assert "Message-ID: <work-7@example.vn>" in letter
        assert "\r\nBcc:" not in letter
        assert "UBND phường đã vá ổ gà." in letter

    async def test_a_server_that_is_not_there_has_sent_nothing(self, tmp_path: Path) -> None:
        own = {"smtp_host": "127.0.0.1", "smtp_port": 9, "smtp_security": "none"}
        sender = Smtp(house(tmp_path, mail_from="tinhs@example.vn", **own))

        assert isinstance(await sender.send(outgoing("hoa@example.vn", "x")), Rejected)


@pytest.mark.parametrize(
    ("status", "expected"), [(429, Unknown), (503, Unknown), (400, Rejected), (403, Rejected)]
)
async def test_what_a_push_service_answers_is_understood(
    tmp_path: Path, status: int, expected: type
) -> None:
    async with standing(lambda _: Told(status=status)) as site:
        sender = WebPush(house(tmp_path), ask=leading(site.url))
        said = await sender.send(outgoing(as_json("push/1"), "x"))

    assert isinstance(said, expected)


async def test_a_push_service_that_is_not_there_has_sent_nothing(tmp_path: Path) -> None:
    sender = WebPush(house(tmp_path), ask=leading("http://127.0.0.1:9"))

    assert await sender.send(outgoing(as_json("push/1"), "x")) == Rejected(may_later=True)


def test_the_example_of_the_rfc_comes_out() -> None:
    ours = derive_private_key(int.from_bytes(raw(SENDER_KEY)), SECP256R1())
    plain = b"When I grow up, I want to be a watermelon"

    assert encrypted(subscription(), plain, ours=ours, salt=raw(SALT)) == raw(MESSAGE)


def test_a_push_service_can_verify_who_sends() -> None:
    key = generate_private_key(SECP256R1())
    header = vapid(key, "https://push.example.invalid/x/y", "mailto:ops@example.vn", NOW)
    token = header.removeprefix("vapid t=").partition(",")[0]

    claims = jwt.decode(token, ECKey.import_key(key.public_key())).claims

    assert claims["aud"] == "https://push.example.invalid"
    assert claims["sub"] == "mailto:ops@example.vn"
    assert NOW.timestamp() < claims["exp"] <= NOW.timestamp() + 24 * 3600


def test_a_browser_subscribes_to_the_public_half() -> None:
    assert raw(public_half(VAPID))[:1] == b"\x04"
    assert len(raw(public_half(VAPID))) == 65


async def test_nobody_has_us_call_our_own_network(tmp_path: Path, site: Site) -> None:
    endpoint = site.url.replace("http:", "https:")
    inside = msgspec.structs.replace(subscription(), endpoint=endpoint)

    said = await WebPush(house(tmp_path)).send(outgoing(msgspec.json.encode(inside).decode(), "x"))

    assert isinstance(said, Gone)
    assert site.asked == []


@pytest.mark.parametrize("env", ["prod", "test"])
def test_stand_ins_refuse_to_start_for_real_people(env: str) -> None:
    with pytest.raises(BadSettings, match="TINHS_NOTIFICATIONS_SENDERS"):
        installation({"TINHS_ENV": env, "TINHS_NOTIFICATIONS_SENDERS": "file"})
    assert installation({"TINHS_ENV": "dev", "TINHS_NOTIFICATIONS_SENDERS": "file"})
