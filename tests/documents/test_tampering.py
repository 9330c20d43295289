"""Somebody with the whole database in their hands changes, deletes, backdates; and is found."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from backend.testing import Client, Clock
from backend.transparency import notes
from backend.transparency.watch import LogRewritten
from backend.work import Workshop
from modules.documents.model import jws, offline
from modules.documents.model import kit as kits
from modules.documents.model.canonical import canonical
from modules.documents.model.findings import Verdict
from modules.documents.model.kit import Kit
from modules.documents.repository import revisions
from modules.documents.service import closing
from modules.documents.service.witnessing import Memory, Witness, followed
from tests.documents.conftest import DOCUMENTS, Phone

Tick = Callable[..., Awaitable[None]]


@pytest.fixture
def corrupt(connection: Any) -> Callable[..., Awaitable[Any]]:
    """Does what a statement says, as an administrator whom no row policy stops."""

    async def bent(table: str, statement: str, *values: Any) -> Any:
        await connection.execute(f"alter table {table} no force row level security")
        try:
            return await connection.fetch(statement, *values)
        finally:
            if table in _OF_PEOPLE:
                await connection.execute(f"alter table {table} force row level security")

    return bent


@pytest.fixture
def rewrite(corrupt: Any, shop: Workshop) -> Callable[[str, bytes, bytes], Awaitable[None]]:
    """Changes words of a document, as an insider does who has the store of keys as well."""

    async def rewritten(document: str, old: bytes, new: bytes) -> None:
        async with shop.transaction() as tx:
            row = await tx.one(revisions.REVISION, UUID(document), 1)
            paper = await closing.paper(tx, row)
        assert old in paper.content
        assert paper.key is not None
        changed = paper.content.replace(old, new)
        closed = closing.closed_content(paper.key, paper.document_id, 1, changed)
        words = "update documents.revision set content_enc = $2 where document_id = $1"
        await corrupt("documents.revision", words, document, closed)

    return rewritten


_OF_PEOPLE = {"documents.revision", "documents.party", "documents.signature"}


@pytest.fixture
async def kit(issued: str, tick: Tick, client: Client) -> Kit:
    """The kit as somebody fetched it on the day of issue."""
    await tick()
    return kits.unpacked((await client.get(f"{DOCUMENTS}/trust/kit")).content)


@pytest.fixture
def fetch(client: Client) -> Callable[[str], Awaitable[bytes]]:
    async def fetched(path: str) -> bytes:
        return (await client.get(f"{DOCUMENTS}/log/{path}")).content

    return fetched


@pytest.fixture
def rule(kit: Kit, clock: Clock) -> Callable[[bytes], Verdict]:
    return lambda raw: offline.judged(raw, kit, clock.now)


Rule = Callable[[bytes], Verdict]


async def file(phone: Phone, document: str, name: str) -> bytes:
    answer = await phone.caller.get(f"{DOCUMENTS}/{document}/{name}")
    return answer.content if answer.status_code == 200 else b""


async def test_a_wage_that_was_changed_is_found_by_the_kit(
    issued: str, employee: Phone, rewrite: Any, rule: Rule
) -> None:
    genuine = await file(employee, issued, "package.zip")

    await rewrite(issued, b"9500000", b"9900000")
    forged = await file(employee, issued, "package.zip")

    assert rule(genuine).verdict == "VALID"
    assert rule(forged).verdict == "INVALID"


async def test_a_document_of_before_data_was_stamped_is_told_by_the_log_as_ever(
    submitted: str, employee: Phone, employer: Phone, corrupt: Any, tick: Tick, client: Client,
    clock: Clock,
) -> None:  # fmt: skip
    await employee.sign(submitted)
    words = "update documents.signature set tst = null, tst_path = null where document_id = $1"
    await corrupt("documents.signature", words, submitted)
    await employer.sign(submitted)
    await tick()
    kit = kits.unpacked((await client.get(f"{DOCUMENTS}/trust/kit")).content)

    package = await file(employee, submitted, "package.zip")
    bundle = await file(employee, submitted, "bundle.json")

    assert b"timestamps" not in bundle
    assert offline.judged(bundle, kit, clock.now).verdict == "VALID"
    assert offline.judged(package, kit, clock.now).verdict == "VALID"


async def test_a_document_that_was_deleted_is_still_proved_by_its_holder(
    issued: str, employee: Phone, corrupt: Any, rule: Rule, kit: Kit, fetch: Any
) -> None:
    package = await file(employee, issued, "package.zip")
    log = notes.verifier(str(kit.trust.log))
    _, memory = await followed(fetch, log, Memory())

    for table in ("signature", "party", "revision"):
        gone = f"delete from documents.{table} where document_id = $1"
        await corrupt(f"documents.{table}", gone, issued)
    assert await file(employee, issued, "package.zip") == b""
    assert rule(package).verdict == "VALID"
    _, again = await followed(fetch, log, Memory())
    last = "delete from documents.log_entry where idx = $1 returning idx, id, data, leaf"
    (row,) = await corrupt("documents.log_entry", last, memory.size - 1)
    with pytest.raises(LogRewritten):
        await followed(fetch, log, Memory())
    put_back = "insert into documents.log_entry (idx, id, data, leaf) values ($1, $2, $3, $4)"
    await corrupt("documents.log_entry", put_back, *row.values())

    assert again == memory


async def test_a_line_of_the_log_that_was_rewritten_is_found_by_a_witness(
    issued: str, corrupt: Any, kit: Kit, fetch: Any, tmp_path: Path, clock: Clock
) -> None:
    log = notes.verifier(str(kit.trust.log))
    witness = Witness(tmp_path / "witness", "witness.example")
    first = await witness.sign(fetch, log, clock.now)
    note = (await fetch("checkpoint")).decode() + first
    assert notes.seen_at(note, notes.verifier(witness.vkey())) is not None

    word = "update documents.log_entry set data = $1 where idx = 0"
    (row,) = await corrupt(
        "documents.log_entry", "select data from documents.log_entry where idx = 0"
    )
    await corrupt("documents.log_entry", word, row["data"].replace(b'"t":1', b'"t":0'))
    with pytest.raises(LogRewritten, match="root"):
        await followed(fetch, log, Memory())
    await corrupt("documents.log_entry", word, row["data"])


async def test_a_date_that_was_moved_back_is_found(
    issued: str, employee: Phone, rewrite: Any, rule: Rule
) -> None:
    bundle = await file(employee, issued, "bundle.json")
    day = msgspec.json.decode(await file(employee, issued, "content.json"))["issued_on"]
    await rewrite(issued, day.encode(), b"2019-01-02")
    forged = await file(employee, issued, "bundle.json")
    backdated = bundle.replace(*_times(bundle))

    assert rule(bundle).verdict == "VALID"
    assert (rule(forged).verdict, rule(forged).subindication) == ("INVALID", "SIG_CRYPTO_FAILURE")
    assert rule(backdated).subindication == "NOT_LOGGED"


def _times(bundle: bytes) -> tuple[bytes, bytes]:
    """Return the log's line for the document, and the same with an earlier moment in it."""
    entry = msgspec.json.decode(bundle)["evidence"]["log"]["entry"]
    line = msgspec.json.decode(jws.decoded(entry))
    earlier = canonical({**line, "t": line["t"] - 10**8})
    return entry.encode(), jws.encoded(earlier).encode()


async def test_a_witness_remembers_what_it_has_read(
    issued: str, kit: Kit, fetch: Any, tmp_path: Path, clock: Clock
) -> None:
    log = notes.verifier(str(kit.trust.log))
    witness = Witness(tmp_path / "witness", "witness.example")
    await witness.sign(fetch, log, clock.now)
    asked: list[str] = []

    async def counting(path: str) -> bytes:
        asked.append(path)
        return await fetch(path)

    await witness.sign(counting, log, clock.now + timedelta(seconds=1))

    assert witness.memory().size > 0
    assert asked == ["checkpoint"]
    assert len(sha256(witness.memory().root()).digest()) == 32
