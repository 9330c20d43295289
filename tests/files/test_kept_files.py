"""What is kept of photos: for how long, where, and for whose eyes."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from backend.files.depot import path
from backend.files.jobs import EXPIRE, ORPHANS
from backend.files.keys import Keys, Tampered, key_in
from backend.files.samples import CAMERA_SERIAL
from backend.files.scopes import UPLOAD
from backend.files.settings import Settings
from backend.host.settings import BadSettings, read
from backend.kernel import VIETNAM, House, Job, NotFound, Transaction
from backend.kernel.database import Connection
from backend.local.roles import DatabaseUrls
from backend.testing import Clock
from contracts.files import FileStore
from tests.files.conftest import REPORT, Settle, Visit
from tests.files.sending import PHOTO, People, sent_by


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


def test_a_key_turns_and_what_the_old_one_made_still_opens() -> None:
    old, new = bytes(32), bytes([1]) * 32
    before, after = Keys(old), Keys(new, old)
    sealed, link = before.encipher(PHOTO, "a|original"), before.sign("a|clean", 2_000_000_000)

    assert after.decipher(sealed, "a|original") == PHOTO
    assert after.is_signed("a|clean", 2_000_000_000, link)
    assert not after.is_signed("b|clean", 2_000_000_000, link)
    assert not before.is_signed("a|clean", 2_000_000_000, after.sign("a|clean", 2_000_000_000))
    with pytest.raises(Tampered):
        before.decipher(after.encipher(PHOTO, "a|original"), "a|original")


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
