"""Apps are told through Firebase, as Google describes its authority and its messaging."""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jwt
from joserfc.jwk import RSAKey

from backend.kernel import Secret
from contracts.conformance.notifications import ChannelSenderConformance, outgoing
from contracts.identity import Accepted, Rejected, Unknown
from contracts.notifications import ChannelSender, Gone
from modules.notifications.service.fcm import GOOGLE, Fcm
from modules.notifications.service.stand_ins import FileApp
from tests.notifications.test_senders import NOW, house, leading


class Google:
    """The authority and the messaging service of Google, as its pages describe them."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.url = ""
        self.tokens: list[str] = []
        self.taken: list[dict[str, Any]] = []
        self.answers: list[tuple[int, dict[str, Any]]] = []
        """What it answers next, whatever is asked."""

    @property
    def account(self) -> str:
        pem = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return json.dumps(
            {
                "type": "service_account",
                "project_id": "tinhs-thanhhoa",
                "private_key_id": "1",
                "private_key": pem.decode(),
                "client_email": "tinhs@tinhs-thanhhoa.iam.gserviceaccount.com",
                "token_uri": f"{self.url}/token",
            }
        )

    def grant(self, form: bytes) -> tuple[int, dict[str, Any]]:
        sent = {name: values[0] for name, values in parse_qs(form.decode()).items()}
        assert sent["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
        claims = jwt.decode(sent["assertion"], RSAKey.import_key(self.key.public_key())).claims
        assert claims["iss"] == "tinhs@tinhs-thanhhoa.iam.gserviceaccount.com"
        assert claims["aud"] == f"{self.url}/token"
        assert claims["scope"] == "https://www.googleapis.com/auth/firebase.messaging"
        assert 0 < claims["exp"] - claims["iat"] <= 3600
        self.tokens.append(f"ya29.{len(self.tokens)}")
        return 200, {
            "access_token": self.tokens[-1],
            "expires_in": 3599,
            "token_type": "Bearer",
        }

    def take(self, headers: Mapping[str, str], body: bytes) -> tuple[int, dict[str, Any]]:
        if headers["authorization"] != f"Bearer {self.tokens[-1]}":
            return 401, refused("UNAUTHENTICATED", 401)
        message = json.loads(body)["message"]
        assert set(message) == {"token", "notification", "android", "apns"}
        assert message["android"]["ttl"] == "3600s"
        assert int(message["apns"]["headers"]["apns-expiration"]) == NOW.timestamp() + 3600
        if ":gone:" in message["token"]:
            return 404, refused("NOT_FOUND", 404, "UNREGISTERED")
        self.taken.append(message)
        return 200, {"name": f"projects/tinhs-thanhhoa/messages/{len(self.taken)}"}

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {
            name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:])
        }
        body = await reader.readexactly(int(headers["content-length"]))
        method, path, _ = head[0].split()
        assert method == "POST"
        if path == "/token":
            status, said = self.grant(body)
        elif self.answers:
            status, said = self.answers.pop()
        else:
            assert path == "/v1/projects/tinhs-thanhhoa/messages:send"
            status, said = self.take(headers, body)
        content = json.dumps(said).encode()
        writer.write(
            f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(content)}\r\nConnection: close\r\n\r\n".encode()
        )
        writer.write(content)
        writer.close()


def refused(status: str, code: int, reason: str = "") -> dict[str, Any]:
    """An error as Google's interfaces write it."""
    details = [
        {"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": reason}
    ]
    error = {"code": code, "message": "…", "status": status}
    return {"error": error | ({"details": details} if reason else {})}


@pytest.fixture
async def google() -> AsyncGenerator[Google]:
    found = Google()
    server = await asyncio.start_server(found.talk, "127.0.0.1", 0)
    found.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield found


APP = '{"token": "cR8:APA91bHun4MxP5egoKMwt2KZFBaFUH-1RYqx"}'


@pytest.fixture
def to_apps(google: Google, tmp_path: Path) -> Fcm:
    asking = leading(google.url, instead_of=GOOGLE)
    return Fcm(house(tmp_path, fcm_account=Secret(google.account)), ask=asking)


class TestFcm(ChannelSenderConformance):
    @pytest.fixture
    def sender(self, to_apps: Fcm) -> ChannelSender:
        return to_apps

    @pytest.fixture
    def to(self) -> str:
        return APP

    @pytest.fixture
    def nobody(self) -> str:
        return APP.replace("APA91", ":gone:")


class TestFileApp(ChannelSenderConformance):
    @pytest.fixture
    def sender(self, tmp_path: Path) -> ChannelSender:
        return FileApp(house(tmp_path))

    @pytest.fixture
    def to(self) -> str:
        return APP

    @pytest.fixture
    def nobody(self) -> str:
        return APP.replace("APA91", ":gone:")


async def test_an_app_learns_that_there_is_news_and_no_more(google: Google, to_apps: Fcm) -> None:
    message = outgoing(APP, "work-7")

    first, second = [await to_apps.send(message) for _ in range(2)]

    assert first == Accepted(ref="projects/tinhs-thanhhoa/messages/1")
    assert isinstance(second, Accepted)
    assert google.tokens == ["ya29.0"]  # one for both
    assert google.taken[0] == google.taken[1]
    assert google.taken[0]["notification"] == {"title": message.title}
    assert google.taken[0]["android"]["notification"]["tag"] == "work-7"
    assert message.text not in json.dumps(google.taken, ensure_ascii=False)


@pytest.mark.parametrize(
    ("status", "name", "reason", "expected"),
    [
        (400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", Rejected),
        (403, "PERMISSION_DENIED", "SENDER_ID_MISMATCH", Gone),
        (404, "NOT_FOUND", "UNREGISTERED", Gone),
        (404, "NOT_FOUND", "", Rejected),  # the project, not the app
        (429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED", Unknown),
        (500, "INTERNAL", "INTERNAL", Unknown),
        (503, "UNAVAILABLE", "UNAVAILABLE", Unknown),
    ],
)
async def test_what_firebase_answers_is_understood(
    google: Google, to_apps: Fcm, status: int, name: str, reason: str, expected: type
) -> None:
    google.answers = [(status, refused(name, status, reason))]

    assert isinstance(await to_apps.send(outgoing(APP, "x")), expected)


async def test_a_token_that_is_not_taken_any_more_is_asked_for_anew(
    google: Google, to_apps: Fcm
) -> None:
    await to_apps.send(outgoing(APP, "1"))
    google.tokens.append("revoked meanwhile")

    refusal, taken = [await to_apps.send(outgoing(APP, "2")) for _ in range(2)]

    assert isinstance(refusal, Rejected)  # and tried again, as whatever was surely not sent
    assert isinstance(taken, Accepted)


async def test_an_authority_that_is_not_there_has_sent_nothing(
    google: Google, tmp_path: Path
) -> None:
    lost = google.account.replace(google.url, "http://127.0.0.1:9")
    asking = leading(google.url, instead_of=GOOGLE)
    sender = Fcm(house(tmp_path, fcm_account=Secret(lost)), ask=asking)

    assert await sender.send(outgoing(APP, "x")) == Rejected(may_later=True)
    assert google.taken == []
