"""Nonsense by the thousand: never a 5xx, always a problem document.

Every run sends other nonsense; pytest prints the seed that repeats it (`-p "randomly_seed=…"`).
"""

import json
import random
from collections import Counter
from typing import Any

import msgspec
import pytest
from litestar import Litestar
from litestar.types import ASGIApp

from backend.testing.callers import Client

from .conftest import tell, upload
from .fronting import body_of

PIECES = (
    b"\x00", b"\xff", b"\xed\xa0\x80", b"\\u0000", b"\\ud800", b"\\udc00\\ud800", b"\\u12", b"\\x",
    b"[" * 40, b"{" * 40, b'{"a":' * 40, b"]", b"}", b'"', b",", b":", b"\\", b"null", b"true",
    b"NaN", b"Infinity", b"-", b"1e999", b"9" * 400, b"-9223372036854775809", b"1.5", b"1e-400",
    "ế".encode(), "ế".encode("utf-16"), b"\xef\xbb\xbf", b"\r\n", b"\r\n--frontier", b"--", b"%00",
    b"/*", b"'", b"\xe2\x80\xae", b"Content-Type: text/plain; charset=x-none\r\n", b"\xf0\x9f\x98",
)  # fmt: skip
SIGHTING = {
    "title": "Ổ gà trước cổng trường",
    "place": {"lat": 19.8067, "lon": 105.7852},
    "seen_on": "2026-11-22",
    "stars": 3,
    "tags": ["đường", "nguy hiểm"],
}
ODD: tuple[Any, ...] = (
    None, True, 0, -1, 2**63, 10**400, 1.5, "", " ", "x" * 600, "\u202e", "\ud800", "\0", [], {},
    [[]], {"a": {}}, ["x"] * 60, {"x" * 300: 1}, "2026-02-30", "0000-00-00",
)  # fmt: skip
CHARSETS = ("", "; charset=utf-8", "; charset=utf-16", "; charset=x-none", '; charset="', ";;;=")


def mutated(body: bytes, dice: random.Random) -> bytes:
    """Damage the bytes in one to four places."""
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(body) + 1)
        match dice.randrange(6):
            case 0:
                body = body[:at] + dice.choice(PIECES) + body[at:]
            case 1:
                body = body[:at] + body[at + dice.randint(1, 20) :]
            case 2:
                body = body[:at] + bytes([dice.randrange(256)]) + body[at + 1 :]
            case 3:
                body = body[:at] + body[max(at - 30, 0) :]
            case 4:
                body = body[:at]
            case _:
                body = body[:at] + dice.randbytes(dice.randint(1, 8)) + body[at:]
    return body


def odd(value: Any, dice: random.Random) -> Any:
    """Replace one member, somewhere, by something that nobody expects."""
    if dice.random() < 0.3 or not isinstance(value, dict | list) or not value:
        return dice.choice(ODD)
    if isinstance(value, list):
        place = dice.randrange(len(value))
        return [odd(item, dice) if at == place else item for at, item in enumerate(value)]
    name = dice.choice(list(value))
    changed = {**value, name: odd(value[name], dice)}
    if dice.random() < 0.2:
        del changed[name]
    return changed


def json_body(dice: random.Random) -> bytes:
    if dice.random() < 0.4:
        return json.dumps(odd(SIGHTING, dice), ensure_ascii=dice.random() < 0.8).encode(
            errors="surrogatepass"
        )
    return mutated(json.dumps(SIGHTING, ensure_ascii=False).encode(), dice)


def multipart_body(dice: random.Random) -> bytes:
    whole = (
        b"--frontier\r\n"
        b'Content-Disposition: form-data; name="title"\r\n\r\n'
        + "Ổ gà".encode()
        + b"\r\n--frontier\r\n"
        b'Content-Disposition: form-data; name="photo"; filename="a.jpg"\r\n'
        b"Content-Type: image/jpeg\r\n\r\n\xff\xd8\xff\xe0 bytes\r\n--frontier--\r\n"
    )
    return mutated(whole, dice)


async def sent(app: ASGIApp, path: str, kind: str, body: bytes, query: bytes = b"") -> Any:
    """Send a body past every client library, which would refuse to be so rude."""
    told: list[Any] = []

    async def send(message: Any) -> None:
        told.append(message)

    scope: Any = {
        "type": "http",
        "http_version": "1.1",
        "asgi": {"version": "3.0"},
        "scheme": "http",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query,
        "headers": [
            (b"host", b"testserver.local"),
            (b"content-type", kind.encode()),
            (b"content-length", b"%d" % len(body)),
        ],
        "client": ("127.0.0.1", 5000),
        "server": ("127.0.0.1", 80),
    }
    cut = len(body) // 2
    await app(scope, body_of(body[:cut], body[cut:]), send)
    return told


def judged(told: Any, body: bytes) -> int:
    """Return the status, after looking at what came with it."""
    start, *parts = told
    text = b"".join(part["body"] for part in parts)
    status: int = start["status"]
    assert status < 500, body
    if status >= 400:
        assert dict(start["headers"])[b"content-type"] == b"application/problem+json", body
        problem = msgspec.json.decode(text)
        assert problem["status"] == status
        assert "/problems/kernel/" in problem["type"], body
    return status


async def test_three_thousand_mutated_json_bodies_are_read_or_refused(client: Client) -> None:
    dice = random.Random(random.getrandbits(64))  # noqa: S311 - nonsense, not a secret
    statuses: Counter[int] = Counter()
    for _ in range(3000):
        body = json_body(dice)
        kind = "application/json" + (dice.choice(CHARSETS) if dice.random() < 0.1 else "")
        told = await sent(client.app, "/v1/sample/sightings", kind, body)
        statuses[judged(told, body)] += 1

    assert set(statuses) <= {200, 400, 422}
    assert statuses[400] > 1500  # or it was not nonsense


async def test_three_thousand_mutated_forms_are_read_or_refused(client: Client) -> None:
    dice = random.Random(random.getrandbits(64))  # noqa: S311 - nonsense, not a secret
    statuses: Counter[int] = Counter()
    for _ in range(3000):
        body = multipart_body(dice)
        boundary = dice.choice(["frontier"] * 20 + ["", '"', "\xe1", "x" * 300, "frontier; a=b"])
        kind = f"multipart/form-data; boundary={boundary}"
        told = await sent(client.app, "/v1/sample/uploads", kind, body)
        statuses[judged(told, body)] += 1

    assert set(statuses) <= {200, 400, 413}
    assert statuses[400] > 1500


async def test_mutated_queries_are_read_or_refused(client: Client) -> None:
    dice = random.Random(random.getrandbits(64))  # noqa: S311 - nonsense, not a secret
    path = "/v1/sample/things/0198c3a0-7e1c-7000-8000-000000000000"
    for _ in range(500):
        query = mutated(b"stars=3&words=%E1%BA%BF+a&stars=1", dice).replace(b" ", b"+")
        told = await sent(client.app, path, "application/json", b"", query)
        judged(told, query)


@pytest.mark.parametrize("handler", [tell, upload])
async def test_a_bare_framework_would_have_failed(handler: Any) -> None:
    """The control: were nothing of this ours to do, the tests above would prove nothing."""
    app = Litestar([handler], logging_config=None)
    dice = random.Random(7)  # noqa: S311 - nonsense, not a secret
    making, path, kind = (
        (json_body, "/sightings", "application/json")
        if handler is tell
        else (multipart_body, "/uploads", "multipart/form-data; boundary=frontier")
    )

    failed = 0
    for _ in range(500):
        told = await sent(app, path, kind, making(dice))
        failed += told[0]["status"] >= 500

    assert failed > 0
