"""What documents say lies closed in the database and on the disk, and opens with their keys."""

import os
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from backend.kernel import Errand
from backend.testing import Caller, Clock
from backend.work import Workshop, drain
from contracts.documents import Documents
from contracts.keys import DataKeys
from contracts.personal_data import PersonalData
from modules.documents.jobs import SEQUENCE
from modules.documents.service import files
from modules.documents.service.retention import FORGET_OVER
from modules.documents.service.tidying import CLOSE_OLDER, sweep_part
from tests.documents.conftest import DOCUMENTS, Phone
from tests.documents.printed import Read

SAID = ("Hà Văn Đạt", "Công nhân may", "038098000002")
TABLES = """
    select quote_ident(nspname) || '.' || quote_ident(relname) as name
      from pg_class
      join pg_namespace on pg_namespace.oid = relnamespace
     where relkind = 'r'
       and nspname in ('documents', 'labour_contracts', 'kernel')
     order by 1
"""
REOPEN = """
    update documents.revision
       set content = $2, content_enc = null
     where document_id = $1
"""


async def open_places(connection: Any, data_dir: Path) -> list[str]:
    """Return where somebody who has the database and the disk reads what a contract says."""
    await connection.execute("select set_config('tinhs.kind', 'job', false)")
    found: list[str] = []
    for table in await connection.fetch(TABLES):
        for text in SAID:
            seen = "strpos(row_to_json(one)::text, $1) + strpos(one::text, $2)"
            query = f"select count(*) from {table['name']} as one where {seen} > 0"
            if await connection.fetchval(query, text, text.encode().hex()):
                found.append(f"{table['name']}: {text}")
    kept = (data_dir / "documents").glob("*/*/*/*")
    return found + [path.parts[-4] for path in kept if b"%PDF" in path.read_bytes()]


def path_of(data_dir: Path, digest: bytes) -> Path:
    (path,) = (data_dir / "documents").rglob(digest.hex())
    return path


async def sweep_of(
    path: Path, shop: Workshop, clock: Clock, age: timedelta = timedelta(days=2)
) -> bool:
    """Sweep the folder of a file that is so old; tell whether the file is left."""
    written = (clock.now - age).timestamp()
    os.utime(path, (written, written))
    async with shop.transaction() as tx:
        await sweep_part(tx, path.name[:2])
    return path.exists()


async def close_older(shop: Workshop) -> None:
    errand = CLOSE_OLDER.run
    assert isinstance(errand, Errand)
    async with shop.transaction() as tx:
        request = await errand.prepare(tx)
    answer = await errand.call(request)
    async with shop.transaction() as tx:
        await errand.settle(tx, request, answer)


async def test_neither_database_nor_disk_tells_what_a_contract_says(
    issued: str,
    draft: Callable[..., Awaitable[str]],
    employee: Phone,
    read: Read,
    connection: Any,
    data_dir: Path,
) -> None:
    await draft()

    assert await open_places(connection, data_dir) == []
    assert SAID[0].encode() in await read(employee, issued, "content.json")


async def test_what_was_written_before_is_closed_and_reads_the_same(
    issued: str,
    employee: Phone,
    read: Read,
    connection: Any,
    data_dir: Path,
    shop: Workshop,
    clock: Clock,
) -> None:
    await drain(shop)
    content = await read(employee, issued, "content.json")
    original = await read(employee, issued, "original.pdf")
    await connection.execute("select set_config('tinhs.kind', 'job', false)")
    await connection.execute(REOPEN, UUID(issued), content)
    digest = sha256(original).digest()
    lying = data_dir / "documents" / "sha256" / digest.hex()[:2] / digest.hex()[2:4] / digest.hex()
    lying.parent.mkdir(parents=True)
    lying.write_bytes(original)
    files.drop(data_dir, files.CLOSED, digest)
    reopened = await open_places(connection, data_dir)
    before = await read(employee, issued, "original.pdf")

    await close_older(shop)
    await sweep_of(lying, shop, clock)

    assert "documents.revision: Hà Văn Đạt" in reopened
    assert before == original
    assert await open_places(connection, data_dir) == []
    assert await read(employee, issued, "content.json") == content
    assert await read(employee, issued, "original.pdf") == original


async def test_a_destroyed_key_takes_the_words_and_leaves_what_others_hold_provable(
    issued: str,
    employee: Phone,
    employer: Phone,
    read: Read,
    shop: Workshop,
    client: Any,
) -> None:
    await drain(shop)
    original = await read(employee, issued, "original.pdf")
    async with shop.transaction() as tx:
        await tx.ask(DataKeys).destroy([UUID(issued)])

    answers = [
        await phone.caller.get(f"{DOCUMENTS}/{issued}/{name}")
        for phone in (employee, employer)
        for name in ("content.json", "original.pdf", "bundle.json", "package.zip")
    ]
    theirs = await client.post(
        f"{DOCUMENTS}/verifications/files",
        content=original,
        headers={"Content-Type": "application/pdf"},
    )

    assert {each.status_code for each in answers} == {404}
    assert theirs.json()["verdict"] == "VALID"


async def test_when_its_time_is_over_a_document_goes_and_a_hold_postpones_that(
    issued: str,
    employee: Phone,
    read: Read,
    shop: Workshop,
    client: Any,
    data_dir: Path,
    clock: Clock,
    connection: Any,
    as_staff: Callable[..., Caller],
    tick: Callable[..., Awaitable[None]],
) -> None:
    async def kept_until() -> date:
        return await connection.fetchval(
            "select kept_until from documents.document where id = $1", UUID(issued)
        )

    async def night() -> None:
        forget: Any = FORGET_OVER.run
        async with shop.transaction() as tx:
            await forget(tx)

    await tick()
    await connection.execute("select set_config('tinhs.kind', 'job', false)")
    by_law = await kept_until()
    original = await read(employee, issued, "original.pdf")
    where = path_of(data_dir, sha256(original).digest())
    await night()
    early = where.exists()
    async with shop.transaction() as tx:
        today = tx.today
        await tx.ask(Documents).keep_until(UUID(issued), today)
    desk, colleague = as_staff("privacy"), as_staff("privacy")
    order = {"person_id": employee.person_id, "module": "documents", "basis": "Tòa án, số 12/2026"}
    hold = (await desk.post("/v1/admin/holds", json=order)).json()
    await colleague.post(f"/v1/admin/holds/{hold['id']}/approval")
    await night()
    held, postponed = await read(employee, issued, "original.pdf"), await kept_until()
    await desk.post(f"/v1/admin/holds/{hold['id']}/lifting")
    clock.advance(days=30)
    await night()
    await tick(SEQUENCE)

    pdf = {"content": original, "headers": {"Content-Type": "application/pdf"}}
    theirs = (await client.post(f"{DOCUMENTS}/verifications/files", **pdf)).json()
    told = await client.post(
        f"{DOCUMENTS}/verifications", json={"code": theirs["document"]["code"]}
    )
    said = await connection.fetchval(
        "select count(*) from documents.log_entry where convert_from(data, 'UTF8') like $1",
        f"%{sha256(b'forgotten').hexdigest()}%",
    )

    assert (by_law.year, early) == (2038, True)  # ten years after the last day of the term
    assert (held, postponed) == (original, today + timedelta(days=30))
    assert not where.exists()
    assert (await employee.caller.get(f"{DOCUMENTS}/{issued}")).status_code == 404
    assert theirs["verdict"] == "VALID"
    assert told.json()["document"]["status"] == "VALID"
    assert said == 1


async def test_a_draft_that_nobody_was_asked_to_sign_is_erased_with_its_drafter(
    draft: Callable[..., Awaitable[str]], employer: Phone, shop: Workshop, connection: Any
) -> None:
    drafted = UUID(await draft())
    async with shop.transaction() as tx:
        (papers,) = [each for each in tx.ask_all(PersonalData) if each.module == "documents"]
        held = await papers.holds(UUID(employer.person_id))
        await papers.erase(UUID(employer.person_id), uuid4())

    await connection.execute("select set_config('tinhs.kind', 'job', false)")
    left = "select count(*) from documents.revision where document_id = $1"
    key = "select wrapped is null from kms.data_key where thing_id = $1"
    assert held == ()
    assert await connection.fetchval(left, drafted) == 0
    assert await connection.fetchval(key, drafted)
    assert (await employer.caller.get(f"{DOCUMENTS}/{drafted}")).status_code == 404


async def test_a_file_that_no_row_names_is_swept_and_no_other(
    issued: str, employee: Phone, read: Read, data_dir: Path, shop: Workshop, clock: Clock
) -> None:
    async with shop.transaction() as tx:
        keys = await tx.ask(DataKeys).given([uuid4()])
    (key,) = keys.values()
    lost = files.kept(data_dir, b"what a killed worker has left", key)
    young = await sweep_of(path_of(data_dir, lost), shop, clock, age=timedelta(hours=1))
    old = await sweep_of(path_of(data_dir, lost), shop, clock)
    original = await read(employee, issued, "original.pdf")
    named = await sweep_of(path_of(data_dir, sha256(original).digest()), shop, clock)

    assert (young, old, named) == (True, False, True)
