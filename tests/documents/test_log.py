"""The log as anybody can follow it, and what happens to whoever rewrites it."""

import asyncio
from base64 import b64decode
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import msgspec
import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from backend.local.roles import DatabaseUrls
from backend.testing import Client
from backend.transparency import merkle, notes
from backend.transparency.watch import LogRewritten
from backend.work import Workshop
from modules.documents.commands import kit as kit_command
from modules.documents.jobs import SEQUENCE, SIGN
from modules.documents.model import kit as kits
from modules.documents.model import statuses
from modules.documents.model.canonical import canonical
from modules.documents.model.entries import LogEntry
from modules.documents.model.verdict import judged
from modules.documents.service import log
from modules.documents.service.statuses import permuted
from tests.documents.conftest import DOCUMENTS, Phone

Tick = Callable[..., Awaitable[None]]


async def enter(shop: Workshop, *numbers: int) -> None:
    async with shop.transaction() as tx:
        for number in numbers:
            entry = LogEntry(k="status", t=number, h=("0" * 64, "1" * 64))
            await log.enter(tx, uuid4(), entry)


async def followed(client: Client) -> tuple[notes.Checkpoint, list[bytes]]:
    """Return the checkpoint and all entries, as a stranger who believes nothing reads them."""
    note = (await client.get(f"{DOCUMENTS}/log/checkpoint")).text
    kit = kits.unpacked((await client.get(f"{DOCUMENTS}/trust/kit")).content)
    seen = notes.opened(note, notes.verifier(str(kit.trust.log)))
    assert notes.seen_at(note, notes.verifier(kit.trust.witnesses[0])) is not None
    entries: list[bytes] = []
    for number in range(-(-seen.size // 256)):
        width = min(256, seen.size - number * 256)
        path = f"{number:03}" if width == 256 else f"{number:03}.p/{width}"
        rest = (await client.get(f"{DOCUMENTS}/log/tile/entries/{path}")).content
        while rest:
            length = int.from_bytes(rest[:2], "big")
            entries.append(rest[2 : 2 + length])
            rest = rest[2 + length :]
        hashes = (await client.get(f"{DOCUMENTS}/log/tile/0/{path}")).content
        assert hashes == b"".join(map(merkle.leaf_hash, entries[number * 256 :]))
    return seen, entries


def root(leaves: list[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    middle = 1 << (len(leaves) - 1).bit_length() - 1
    return merkle.parent_hash(root(leaves[:middle]), root(leaves[middle:]))


async def test_anybody_can_compute_what_was_signed(
    client: Client, shop: Workshop, tick: Tick
) -> None:
    for batch in (range(3), range(300), range(1)):
        await enter(shop, *batch)
        await tick()

    seen, entries = await followed(client)

    assert len(entries) == seen.size >= 304
    assert root([merkle.leaf_hash(entry) for entry in entries]) == seen.root


async def test_places_are_dense_however_many_write_at_once(
    client: Client, shop: Workshop, tick: Tick
) -> None:
    await tick()
    size = (await followed(client))[0].size if await _has_begun(client) else 0

    await asyncio.gather(*(enter(shop, number) for number in range(20)))
    await asyncio.gather(*(tick(SEQUENCE) for _ in range(3)))
    await asyncio.gather(*(tick(SIGN) for _ in range(3)))

    assert (await followed(client))[0].size == size + 20


async def _has_begun(client: Client) -> bool:
    return (await client.get(f"{DOCUMENTS}/log/checkpoint")).status_code == 200


@pytest.mark.parametrize(
    "path", ["0/999", "0/000.p/257", "0/x", "9/000", "0/..%2f000", "entries/999", "7/000"]
)
async def test_a_tile_that_nobody_signed_for_is_not_there(
    client: Client, shop: Workshop, tick: Tick, path: str
) -> None:
    await enter(shop, 1)
    await tick()

    assert (await client.get(f"{DOCUMENTS}/log/tile/{path}")).status_code == 404


async def test_an_issued_document_is_followed_by_its_status_in_the_lists(
    client: Client, issued: str, employee: Phone
) -> None:
    content = (await employee.caller.get(f"{DOCUMENTS}/{issued}/content.json")).json()
    place = content["status"]
    answer = await client.get(place["uri"].removeprefix(str(client.base_url)))
    kit = kits.unpacked((await client.get(f"{DOCUMENTS}/trust/kit")).content)
    keys = {str(key.kid): key for key in kit.status_keys}

    claims = statuses.opened(answer.text, keys)

    assert claims.sub == place["uri"]
    assert statuses.at(statuses.inflated(claims.status_list.lst), place["idx"]) == 0
    assert answer.headers["content-type"] == "application/statuslist+jwt"
    assert answer.text in kit.status_tokens
    published = (await client.get(f"{DOCUMENTS}/trust/jwks.json")).json()["keys"]
    assert [key["kid"] for key in published] == [*keys]
    pem = (await client.get(f"{DOCUMENTS}/trust/anchors.pem")).text
    assert b64decode("".join(pem.splitlines()[1:-1])) == kit.trust.anchors[0]


async def test_the_kit_alone_decides(
    client: Client, issued: str, employee: Phone, bundle_of: Any, clock: Any
) -> None:
    kit = kits.unpacked((await client.get(f"{DOCUMENTS}/trust/kit")).content)
    raw = (await bundle_of(employee, issued)).encode()
    told = (await client.get(f"{DOCUMENTS}/trust/witnesses")).json()

    assert (told["log_keys"], tuple(told["witness_keys"])) == ([kit.trust.log], kit.trust.witnesses)
    assert told["checkpoint"] == (await client.get(f"{DOCUMENTS}/log/checkpoint")).text
    assert judged(raw, kit.trust, kits.look(kit, clock.now), clock.now).verdict == "VALID"


async def test_a_kit_that_was_made_for_one_victim_does_not_believe_what_is_published(
    client: Client, issued: str, tmp_path: Path
) -> None:
    raw = (await client.get(f"{DOCUMENTS}/trust/kit")).content
    told = await client.get(f"{DOCUMENTS}/trust/witnesses")
    kit = kits.unpacked(raw)
    own = notes.Verifier("example/log", notes.public_bytes(Ed25519PrivateKey.generate()))
    theirs = msgspec.structs.replace(kit.trust, log=own.vkey(), witnesses=(own.vkey(),))
    (tmp_path / "kit.zip").write_bytes(raw)
    (tmp_path / "victim.zip").write_bytes(kits.packed(msgspec.structs.replace(kit, trust=theirs)))
    (tmp_path / "told.json").write_bytes(told.content)

    def said(name: str, published: str = "told.json") -> tuple[int, int]:
        words = [str(tmp_path / name), "--published", str(tmp_path / published)]
        done = CliRunner().invoke(kit_command, words)
        return done.exit_code, len(done.stdout.splitlines())

    assert said("kit.zip") == (0, 1)
    assert said("victim.zip") == (1, 4)
    assert said("kit.zip", "kit.zip")[0] == said("told.json")[0] == 3


async def test_no_login_of_the_house_can_change_a_line(database: DatabaseUrls) -> None:
    for url in (database.runtime, database.job):
        connection: Any = await asyncpg.connect(url)
        for table in ("log_entry", "checkpoint", "status_change", "signature", "key"):
            for words in (f"update documents.{table} set", f"delete from documents.{table}"):
                column = {
                    "log_entry": "data",
                    "checkpoint": "note",
                    "status_change": "value",
                    "signature": "protected",
                    "key": "public",
                }[table]
                text = f"{words} {column} = {column}" if words.endswith("set") else words
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await connection.execute(text)
        await connection.close()


EDGE = "where level = 0 and number = (select max(number) from documents.log_tile where level = 0)"
REWRITINGS = [
    f"update documents.log_tile set data = set_byte(data, 0, get_byte(data, 0) # 1) {EDGE}",
    f"update documents.log_tile set data = substr(data, 33) {EDGE}",
]


@pytest.mark.parametrize("rewriting", REWRITINGS)
async def test_nobody_signs_a_log_that_was_rewritten(
    connection: Any, shop: Workshop, tick: Tick, rewriting: str
) -> None:
    await enter(shop, 1, 2, 3)
    await tick()
    kept = await connection.fetch("select level, number, data from documents.log_tile")
    try:
        await connection.execute(rewriting)
        await enter(shop, 4)
        await tick(SEQUENCE)
        with pytest.raises((LogRewritten, LookupError)):
            await tick(SIGN)
    finally:
        await connection.execute(
            "delete from documents.log_entry where idx = (select max(idx) from documents.log_entry)"
        )
        await connection.execute("delete from documents.log_tile")
        await connection.executemany("insert into documents.log_tile values ($1, $2, $3)", kept)


async def test_nobody_signs_a_log_that_became_shorter(
    connection: Any, shop: Workshop, tick: Tick
) -> None:
    await enter(shop, 1, 2, 3)
    await tick()
    async with connection.transaction():
        await connection.execute("create table public.kept as select * from documents.log_entry")
        await connection.execute("create table public.seen as select * from documents.checkpoint")
        await connection.execute("delete from documents.checkpoint")
        await connection.execute("delete from documents.log_entry where idx > 0")
    try:
        with pytest.raises(LogRewritten):
            await tick(SIGN)
    finally:
        await connection.execute("delete from documents.log_entry")
        await connection.execute("insert into documents.log_entry select * from public.kept")
        await connection.execute("insert into documents.checkpoint select * from public.seen")
        await connection.execute("drop table public.kept, public.seen")


async def test_a_changed_word_in_the_database_is_found(
    connection: Any, issued: str, employee: Phone, bundle_of: Any, verdict: Any
) -> None:
    said_before = (await employee.caller.get(f"{DOCUMENTS}/{issued}/content.json")).content
    changed = said_before.replace(b"9500000", b"1500000")
    await connection.execute("alter table documents.revision no force row level security")
    await connection.execute(
        "update documents.revision set content = $2, content_enc = null where document_id = $1",
        *(issued, changed),
    )
    await connection.execute("alter table documents.revision force row level security")

    said = await verdict(await bundle_of(employee, issued))

    assert (said["verdict"], said["subindication"]) == ("INVALID", "SIG_CRYPTO_FAILURE")


def test_places_in_a_list_are_all_different_and_in_no_order() -> None:
    places = [permuted(b"k" * 32, number) for number in range(0, 1 << 20, 97)]

    assert len(set(places)) == len(places)
    assert all(0 <= place < 1 << 20 for place in places)
    assert places != sorted(places)
    assert permuted(b"m" * 32, 0) != places[0]


def test_an_entry_has_one_spelling() -> None:
    entry = LogEntry(k="doc", t=1, h=("a" * 64, "b" * 64))

    assert canonical(entry) == (
        f'{{"h":["{"a" * 64}","{"b" * 64}"],"k":"doc","t":1,"v":1}}'.encode()
    )
