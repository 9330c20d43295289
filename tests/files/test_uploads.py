"""Photos through the front door: sent ahead, seen by their sender, shown by links, forgotten."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from backend.files.depot import path
from backend.files.jobs import EXPIRE, ORPHANS
from backend.files.keys import Keys, Tampered, key_in
from backend.files.samples import CAMERA_SERIAL, Samples
from backend.files.scopes import UPLOAD
from backend.files.settings import Settings
from backend.host.settings import BadSettings, read
from backend.kernel import VIETNAM, House, Job, NotFound, Transaction
from backend.kernel.database import Connection
from backend.kernel.files import PHOTO_BYTES_MAX
from backend.local.roles import DatabaseUrls
from backend.testing import Clock
from backend.testing.callers import Caller, Client
from contracts.files import FileStore
from tests.files.conftest import REPORT, Settle, Visit

FORM = {"Content-Type": "multipart/form-data; boundary=x"}
WHERE = f"/v1/files?purpose={REPORT.name}"
JPEG = {"Content-Type": "image/jpeg"}
PHOTO = Samples(None).draw(
    "pothole", taken_at=datetime(2026, 8, 12, 7, 30, tzinfo=VIETNAM), lat=19.8067, lon=105.7852
)

People = Callable[..., Caller]


async def sent_by(caller: Caller, content: bytes = PHOTO) -> dict[str, Any]:
    answer = await caller.post(WHERE, content=content, headers=JPEG)
    assert answer.status_code == 201, answer.text
    return answer.json()


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


@pytest.fixture
async def rows(connection: Connection) -> Connection:
    """The owner's connection, which forced row security lets see what the timetable sees."""
    await connection.execute("select set_config('tinhs.kind', 'job', false)")
    return connection


async def do(house: House, connection: Connection, clock: Clock, job: Job) -> None:
    async with connection.transaction():
        tx = Transaction(connection, house, clock.now)
        await connection.execute(
            "insert into kernel.work (name, payload, trace, due_at) values ($1, '{}', '', $2)",
            job.name,
            tx.now,
        )


async def test_a_photo_that_nobody_uses_is_gone_after_a_day(
    as_citizen: People,
    clock: Clock,
    house: House,
    rows: Connection,
    settle: Settle,
    data_dir: Path,
) -> None:
    citizen = as_citizen(UPLOAD)
    sent = await sent_by(citizen)
    lies = data_dir / "files" / path(UUID(sent["id"]), "clean")
    assert lies.exists()
    assert await rows.fetchval("select count(*) from files.allowance") > 0

    clock.advance(hours=23)
    await do(house, rows, clock, EXPIRE)
    await settle()
    assert (await citizen.get(f"/v1/files/{sent['id']}")).status_code == 200
    clock.advance(hours=2)
    await do(house, rows, clock, EXPIRE)
    await settle()

    assert (await citizen.get(f"/v1/files/{sent['id']}")).status_code == 404
    assert not lies.exists()
    assert await rows.fetchval("select count(*) from files.allowance") == 0


async def test_what_a_crash_left_without_a_row_is_found(
    visit: Visit,
    clock: Clock,
    house: House,
    rows: Connection,
    settle: Settle,
    data_dir: Path,
) -> None:
    async with visit(None) as store:
        (kept,) = await store.receive([PHOTO], purpose=REPORT, about=uuid4())
    left = await crashed(visit)
    lies = data_dir / "files" / path(left, "original")
    assert lies.exists()

    clock.advance(hours=30)
    await do(house, rows, clock, ORPHANS)
    await settle()

    assert not lies.exists()
    async with visit(None) as store:
        assert await store.read(kept.id, "original") == PHOTO


async def crashed(visit: Visit) -> UUID:
    """Receive a photo whose row is never committed, and return its id."""
    received: list[UUID] = []

    async def crash() -> None:
        async with visit(None) as store:
            files = await store.receive([PHOTO], purpose=REPORT, about=uuid4())
            received.extend(file.id for file in files)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await crash()
    return received[0]


async def test_a_claimed_photo_leads_to_no_person_and_no_place(
    as_citizen: People, visit: Visit, connection: Connection
) -> None:
    citizen = as_citizen(UPLOAD)
    sent = await sent_by(citizen)
    async with visit(citizen.person_id) as store:
        await store.claim([UUID(sent["id"])], purpose=REPORT, about=uuid4())

    row = await connection.fetchrow(
        "select owner_id, taken_at, lat, lon from files.file where id = $1", UUID(sent["id"])
    )

    assert set(row.values()) == {None}
    assert (await citizen.get(f"/v1/files/{sent['id']}")).status_code == 404


async def test_the_camera_is_named_nowhere_on_the_disk(as_citizen: People, data_dir: Path) -> None:
    await sent_by(as_citizen(UPLOAD))

    files = [file for file in data_dir.rglob("*") if file.is_file()]

    assert any(file.name == "original" for file in files)
    assert not [file for file in files if CAMERA_SERIAL.encode() in file.read_bytes()]
    key = data_dir / "keys" / "files.key"
    assert key.stat().st_mode & 0o777 == 0o600


async def test_an_original_under_another_name_does_not_open(tmp_path: Path) -> None:
    keys = Keys(key_in(tmp_path / "keys" / "files.key"))
    again = Keys(key_in(tmp_path / "keys" / "files.key"))
    sealed = keys.encipher(PHOTO, "a|original")

    assert again.decipher(sealed, "a|original") == PHOTO
    for broken, name in ((sealed, "b|original"), (sealed[:-1], "a|original"), (b"", "a|original")):
        with pytest.raises(Tampered):
            keys.decipher(broken, name)


async def test_no_connection_waits_while_a_picture_is_decoded(
    house: House, clock: Clock, data_dir: Path
) -> None:
    at_connect: list[Sequence[Path]] = []

    class Reached(Exception):
        pass

    async def connect(_: object) -> Any:
        at_connect.append([file for file in data_dir.rglob("thumb") if file.is_file()])
        raise Reached

    before = len(list(data_dir.rglob("thumb")))
    tx = Transaction(None, house, clock.now, connect=connect)

    with pytest.raises(Reached):
        await tx.ask(FileStore).receive([PHOTO, PHOTO], purpose=REPORT, about=uuid4())

    assert [len(files) - before for files in at_connect] == [2]


async def test_a_photo_of_another_is_behind_the_second_wall(
    as_citizen: People, database: DatabaseUrls
) -> None:
    await sent_by(as_citizen(UPLOAD))
    request: Any = await asyncpg.connect(database.runtime)

    unclaimed = await request.fetchval("select count(*) from files.file where about is null")
    spent = await request.fetchval("select count(*) from files.allowance")
    await request.close()

    assert (unclaimed, spent) == (0, 0)


async def test_a_claimed_photo_is_not_claimed_again_nor_changed(
    as_citizen: People, visit: Visit, database: DatabaseUrls
) -> None:
    citizen = as_citizen(UPLOAD)
    claimed, waiting = await sent_by(citizen), await sent_by(citizen)
    async with visit(citizen.person_id) as store:
        await store.claim([UUID(claimed["id"])], purpose=REPORT, about=uuid4())
    request: Any = await asyncpg.connect(database.runtime)

    changed = await request.execute(
        "update files.file set about = gen_random_uuid() where id = $1", UUID(claimed["id"])
    )
    removed = await request.execute("delete from files.file where id = $1", UUID(waiting["id"]))
    await request.close()

    assert (changed, removed) == ("UPDATE 0", "DELETE 0")


@pytest.mark.parametrize("file_id", [UUID(int=0), UUID(int=2**128 - 1)])
async def test_bytes_that_we_never_had_are_nothing(visit: Visit, file_id: UUID) -> None:
    async with visit(None) as store:
        with pytest.raises(NotFound):
            await store.read(file_id, "clean")


def test_a_day_of_files_can_be_listed_by_itself(clock: Clock, house: House) -> None:
    tx = Transaction(None, house, datetime(2026, 8, 12, 3, tzinfo=VIETNAM))

    assert path(tx.new_id(), "clean").startswith("2026-08-11/")


def test_a_key_that_is_none_stops_the_start() -> None:
    with pytest.raises(BadSettings, match="TINHS_FILES_KEY must be 64 hexadecimal digits"):
        read({"TINHS_FILES_": Settings}, {"TINHS_FILES_KEY": "secret"})
