"""Photos are sent, refused and shown through the front door."""

import asyncio
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx
import pytest

from backend.files.samples import CAMERA_SERIAL
from backend.files.scopes import UPLOAD
from backend.kernel.database import Connection
from backend.kernel.files import PHOTO_BYTES_MAX
from backend.testing import Clock
from backend.testing.callers import Client
from tests.files.conftest import REPORT, Visit
from tests.files.sending import JPEG, PHOTO, WHERE, People, sent_by

FORM = {"Content-Type": "multipart/form-data; boundary=x"}


def slug(answer: httpx.Response) -> str:
    return answer.json()["type"].partition("/problems/")[2]


async def test_a_photo_is_sent_ahead_and_its_sender_sees_it(as_citizen: People) -> None:
    citizen = as_citizen(UPLOAD)

    sent = await sent_by(citizen)

    assert sent["state"] == "ready"
    assert (sent["width"], sent["height"]) == (1600, 1200)
    assert sent["facts"]["taken_at"].startswith("2026-08-12T07:30:00")
    assert sent["facts"]["lat"] == pytest.approx(19.8067, abs=1e-6)
    seen = await citizen.get(f"/v1/files/{sent['id']}")
    assert seen.json() == sent


async def test_a_stranger_cannot_tell_a_photo_from_nothing(as_citizen: People) -> None:
    sent = await sent_by(as_citizen(UPLOAD))
    stranger = as_citizen(UPLOAD)

    theirs = await stranger.get(f"/v1/files/{sent['id']}")
    nobodys = await stranger.get(f"/v1/files/{uuid4()}")

    assert theirs.status_code == nobodys.status_code == 404
    assert slug(theirs) == slug(nobodys)


async def test_an_officer_sends_photos_too(as_staff: People) -> None:
    officer = as_staff("officer")

    sent = await sent_by(officer)

    assert (await officer.get(f"/v1/files/{sent['id']}")).json() == sent


async def test_a_form_brings_a_photo_as_well(as_citizen: People) -> None:
    answer = await as_citizen(UPLOAD).post(WHERE, files={"photos": ("../../x.php", PHOTO)})

    assert answer.status_code == 201
    assert answer.json()["media_type"] == "image/jpeg"


async def test_the_type_that_the_sender_states_counts_for_nothing(as_citizen: People) -> None:
    citizen = as_citizen(UPLOAD)

    lying = await citizen.post(WHERE, content=b"<html>", headers=JPEG)
    modest = await citizen.post(
        WHERE, content=PHOTO, headers={"Content-Type": "application/octet-stream"}
    )

    assert (lying.status_code, slug(lying)) == (422, "files/type-not-allowed")
    assert modest.status_code == 201


async def test_the_same_photo_sent_again_under_its_key_is_one_photo(as_citizen: People) -> None:
    citizen = as_citizen(UPLOAD)

    first = await citizen.post(WHERE, key="once", content=PHOTO, headers=JPEG)
    again = await citizen.post(WHERE, key="once", content=PHOTO, headers=JPEG)

    assert first.status_code == again.status_code == 201
    assert first.content == again.content


async def test_ten_twins_of_a_photo_are_one_photo(as_citizen: People, rows: Connection) -> None:
    citizen = as_citizen(UPLOAD)
    await citizen.get(f"/v1/files/{uuid4()}")

    twins = await asyncio.gather(
        *(citizen.post(WHERE, key="twins", content=PHOTO, headers=JPEG) for _ in range(10))
    )

    assert {twin.status_code for twin in twins} == {201}
    assert len({twin.content for twin in twins}) == 1
    kept = await rows.fetchval(
        "select files from files.allowance where owner_id = $1", citizen.person_id
    )
    assert kept == 1


@pytest.mark.parametrize(
    ("sent", "status", "reason"),
    [
        ({"content": b"", "headers": JPEG}, 400, "kernel/bad-request"),
        ({"json": {}}, 415, "kernel/unsupported-media-type"),
        ({"content": PHOTO, "headers": {"Content-Type": "video/mp4"}}, 415, None),
        ({"files": {"photos": b""}}, 422, "files/type-not-allowed"),
        ({"files": {"picture": PHOTO}}, 400, "kernel/bad-request"),
        ({"files": [("photos", PHOTO), ("photos", PHOTO)]}, 400, "kernel/bad-request"),
        (
            {"content": b"--x\r\n", "headers": {"Content-Type": "multipart/form-data"}},
            400,
            "kernel/bad-request",
        ),
        ({"content": b"\xff" * 99, "headers": FORM}, 400, "kernel/bad-request"),
        ({"content": bytes(PHOTO_BYTES_MAX + 1), "headers": JPEG}, 413, "files/too-large"),
        ({"content": bytes(2 * PHOTO_BYTES_MAX), "headers": JPEG}, 413, None),
    ],
    ids=[
        "nothing", "json", "video", "empty part", "other name", "two", "no boundary", "not a form",
        "large", "huge",
    ],
)  # fmt: skip
async def test_what_is_no_photo_is_refused_in_words(
    as_citizen: People, sent: dict[str, Any], status: int, reason: str | None
) -> None:
    answer = await as_citizen(UPLOAD).post(WHERE, **sent)

    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert reason is None or slug(answer) == reason


async def test_a_purpose_that_no_module_has_is_refused(as_citizen: People) -> None:
    citizen = as_citizen(UPLOAD)

    unknown = await citizen.post("/v1/files?purpose=other.photo", content=PHOTO, headers=JPEG)
    missing = await citizen.post("/v1/files", content=PHOTO, headers=JPEG)

    assert (unknown.status_code, slug(unknown)) == (422, "files/unknown-purpose")
    assert missing.status_code == 400


async def test_a_person_sends_so_many_photos_a_day(as_citizen: People, clock: Clock) -> None:
    citizen = as_citizen(UPLOAD)
    for _ in range(6):
        await sent_by(citizen)

    refused = await citizen.post(WHERE, content=PHOTO, headers=JPEG)

    assert (refused.status_code, slug(refused)) == (429, "files/too-many")
    midnight = int(refused.headers["Retry-After"])
    assert 0 < midnight <= 24 * 60 * 60
    await sent_by(as_citizen(UPLOAD))
    clock.advance(seconds=midnight)
    await sent_by(citizen)


async def test_a_person_sends_so_many_bytes_a_day(as_citizen: People) -> None:
    citizen = as_citizen(UPLOAD)
    heavy = PHOTO + bytes(1_100_000)

    first = await citizen.post(WHERE, content=heavy, headers=JPEG)
    second = await citizen.post(WHERE, content=heavy, headers=JPEG)

    assert first.status_code == 201
    assert (second.status_code, slug(second)) == (429, "files/too-many")


async def linked(visit: Visit, name: Any, seconds: int = 600) -> str:
    async with visit(None) as store:
        (file,) = await store.receive([PHOTO], purpose=REPORT, about=uuid4())
        parts = urlsplit(store.link(file.id, name, seconds=seconds))
        return f"{parts.path}?{parts.query}"


@pytest.mark.parametrize("name", ["clean", "public", "thumb"])
async def test_a_browser_shows_what_a_link_opens_and_runs_nothing_of_it(
    visit: Visit, client: Client, name: str
) -> None:
    answer = await client.get(await linked(visit, name))

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["content-disposition"].startswith('inline; filename="')
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert answer.headers["cache-control"].startswith("public" if name == "public" else "private")
    assert CAMERA_SERIAL.encode() not in answer.content
    assert b"Exif" not in answer.content


async def test_an_original_is_given_to_keep_and_never_cached(visit: Visit, client: Client) -> None:
    answer = await client.get(await linked(visit, "original"))

    assert answer.content == PHOTO
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["cache-control"] == "private, no-store"


async def test_who_has_a_photo_already_is_not_sent_it_again(visit: Visit, client: Client) -> None:
    link = await linked(visit, "thumb")
    first = await client.get(link)

    again = await client.get(link, headers={"If-None-Match": first.headers["etag"]})

    assert (again.status_code, again.content) == (HTTPStatus.NOT_MODIFIED, b"")
    assert again.headers["cache-control"] == first.headers["cache-control"]


async def test_a_link_ends(visit: Visit, client: Client, clock: Clock) -> None:
    link = await linked(visit, "public", seconds=60)
    (expires,) = parse_qs(urlsplit(link).query)["exp"]
    lasts = int(expires) - clock.now.timestamp()
    assert 60 <= lasts <= 120

    clock.advance(seconds=59)
    assert (await client.get(link)).status_code == 200
    clock.advance(seconds=61)
    assert (await client.get(link)).status_code == 404


async def test_a_name_that_leads_elsewhere_leads_nowhere(client: Client) -> None:
    for name in ("..%2f..%2fkeys%2ffiles.key", "secret", "original%00"):
        answer = await client.get(f"/files/{uuid4()}/{name}?exp=99999999999&sig=x")
        assert answer.status_code in {400, 404}
