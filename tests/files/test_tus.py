"""Uploads that may be cut off: tus 1.0, by hand and by a client that others wrote."""

import secrets
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from backend.files import films
from backend.files.samples import Samples
from backend.files.settings import Settings
from backend.host.registry import discover
from backend.kernel import Module
from backend.kernel.files import FileUnreadable, VideoTooLong
from backend.testing import Client, Clock
from tests.installed import with_reports

pytestmark = with_reports

HERE = "/v1/files/uploads"
PURPOSE = "feedback.report"
SCRIPTS = Path(__file__).parent / "node"


@pytest.fixture(scope="module")
def modules() -> Sequence[Module]:
    return discover(guests=())


@pytest.fixture(scope="module")
def settings(settings: Mapping[Any, Any]) -> Mapping[Any, Any]:
    return {**settings, Settings: Settings()}


def box(kind: bytes, body: bytes) -> bytes:
    return (len(body) + 8).to_bytes(4) + kind + body


def film(size: int = 0, *, seconds: int = 12, said: bytes = b"") -> bytes:
    """An MP4 whose frames are noise: its boxes are those that a phone writes."""
    header = bytes(12) + (1000).to_bytes(4) + (seconds * 1000).to_bytes(4) + bytes(80)
    track = bytes(76) + (1280).to_bytes(2) + bytes(2) + (720).to_bytes(2) + bytes(2)
    moov = box(b"mvhd", header) + box(b"trak", box(b"tkhd", track)) + box(b"udta", said)
    head = box(b"ftyp", b"isom\0\0\2\0isomiso2avc1mp41") + box(b"moov", moov)
    return head + box(b"mdat", secrets.token_bytes(max(16, size - len(head) - 8)))


@pytest.fixture
def device() -> str:
    return secrets.token_urlsafe(32)


def metadata(purpose: str = PURPOSE) -> str:
    return f"purpose {b64encode(purpose.encode()).decode()}"


@pytest.fixture
def begin(client: Client, device: str) -> Callable[..., Any]:
    async def begun(length: int, **headers: str) -> httpx.Response:
        said = {
            "Tus-Resumable": "1.0.0",
            "Upload-Length": str(length),
            "Upload-Metadata": metadata(),
            "Tinhs-Device": device,
        }
        return await client.post(HERE, headers={**said, **headers})

    return begun


@pytest.fixture
def send(client: Client, device: str) -> Callable[..., Any]:
    async def sent(url: str, offset: int, content: bytes, **headers: str) -> httpx.Response:
        said = {
            "Tus-Resumable": "1.0.0",
            "Upload-Offset": str(offset),
            "Content-Type": "application/offset+octet-stream",
            "Tinhs-Device": device,
        }
        return await client.patch(url, content=content, headers={**said, **headers})

    return sent


async def standing(client: Client, url: str, device: str) -> Any:
    return (await client.get(url, headers={"Tinhs-Device": device})).json()


async def test_a_photo_comes_in_pieces_and_can_be_used(
    client: Client, begin: Any, send: Any, device: str, drain: Any, clock: Clock
) -> None:
    photo = Samples(None).draw("pothole", taken_at=clock.now, lat=19.8, lon=105.7)  # type: ignore[arg-type]
    begun = await begin(len(photo))
    url, half = begun.headers["location"], len(photo) // 2

    first = await send(url, 0, photo[:half])
    asked = await client.head(url, headers={"Tinhs-Device": device})
    whole = await send(url, half, photo[half:])
    await drain()

    assert begun.status_code == 201, begun.text
    assert first.status_code == whole.status_code == 204
    assert asked.headers["upload-offset"] == str(half)
    assert asked.headers["tus-resumable"] == "1.0.0"
    assert asked.content == b""
    stood = await standing(client, url, device)
    assert stood["state"] == "ready"
    filed = await client.post(
        "/v1/feedback/reports",
        headers={"Idempotency-Key": uuid4().hex, "Tinhs-Device": device},
        json={
            "category": "roads",
            "text": "Ổ gà to trước nhà, có ảnh gửi trước.",
            "commune_code": "14797",
            "files": [stood["id"]],
        },
    )
    assert filed.status_code == 201, filed.text


async def test_what_goes_on_elsewhere_conflicts_and_too_much_is_too_long(
    begin: Any, send: Any
) -> None:
    url = (await begin(100)).headers["location"]
    await send(url, 0, bytes(40))

    behind, ahead = await send(url, 0, bytes(10)), await send(url, 50, bytes(10))
    long = await send(url, 40, bytes(61))

    assert (behind.status_code, ahead.status_code, long.status_code) == (409, 409, 413)
    assert behind.json()["offset"] == 40
    assert (await send(url, 40, bytes(60))).status_code == 204


async def test_nobody_else_finds_an_upload(client: Client, begin: Any, send: Any) -> None:
    url = (await begin(100)).headers["location"]
    other = {"Tinhs-Device": secrets.token_urlsafe(32)}

    answers = [
        await client.get(url, headers=other),
        await send(url, 0, bytes(10), **other),
        await client.delete(url, headers=other),
        await client.get(f"{HERE}/{uuid4()}", headers=other),
    ]

    assert {answer.status_code for answer in answers} == {404}


async def test_an_upload_is_given_up_and_forgotten(
    client: Client, begin: Any, send: Any, device: str
) -> None:
    url = (await begin(100)).headers["location"]
    await send(url, 0, bytes(10))

    ended = await client.delete(url, headers={"Tinhs-Device": device})

    assert ended.status_code == 204
    assert (await client.get(url, headers={"Tinhs-Device": device})).status_code == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Tus-Resumable": "0.2.2"}, 412),
        ({"Upload-Length": str(51 * 1024 * 1024)}, 413),
        ({"Upload-Length": "0"}, 400),
        ({"Upload-Metadata": "purpose !!"}, 400),
        ({"Upload-Metadata": metadata("nobody.photo")}, 422),
        ({"Tinhs-Device": "short"}, 400),
    ],
)
async def test_what_cannot_be_an_upload_is_refused(
    begin: Any, headers: dict[str, str], status: int
) -> None:
    assert (await begin(100, **headers)).status_code == status


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"<html>" + bytes(200), "files/type-not-allowed"),
        (film(seconds=61), "files/video-too-long"),
        (film()[:-5], "files/unreadable"),
        (b"\xff\xd8\xff" + bytes(200), "files/unreadable"),
    ],
)
async def test_what_is_no_picture_and_no_film_is_rejected_and_destroyed(
    client: Client,
    begin: Any,
    send: Any,
    device: str,
    drain: Any,
    content: bytes,
    reason: str,
) -> None:
    url = (await begin(len(content))).headers["location"]
    await send(url, 0, content)
    await drain()

    stood = await standing(client, url, device)

    assert (stood["state"], stood["reason"]) == ("rejected", reason)


def test_a_film_says_nothing_of_who_took_it() -> None:
    said = b"+19.8067+105.7852/iPhone of Buoi"
    taken = film(4000, said=said)

    kept = films.cleaned(taken)

    assert said not in kept.content
    assert len(kept.content) == len(taken)
    assert (kept.width, kept.height) == (1280, 720)
    assert kept.content[-3000:] == taken[-3000:]


@pytest.mark.parametrize("place", range(4, 200, 9))
def test_a_damaged_film_is_unreadable_and_never_an_accident(place: int) -> None:
    damaged = bytearray(film(1000))
    damaged[place] ^= 0xFF

    with suppress(FileUnreadable, VideoTooLong):
        films.cleaned(bytes(damaged))
