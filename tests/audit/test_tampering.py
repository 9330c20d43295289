"""R18: whoever rewrites the log is found out, whatever they rewrite (reliability.md §1)."""

import shutil
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from backend.audit import verifying
from backend.kernel.database import Connection
from tests.audit.conftest import Look, Verify

EVENT = "(select event_id from audit.leaf where leaf_no = 3)"

TAMPERED = {
    "edited": (
        f"update audit.event set purpose = 'clinic.other' where id = {EVENT}",
        "is not what was sealed there",
    ),
    "backdated": (
        f"""
        update audit.event set at = at - interval '1 hour' where id = {EVENT};
        update audit.leaf set at = at - interval '1 hour' where leaf_no = 3
        """,
        "is not what was sealed there",
    ),
    "turned to another person": (
        f"update audit.event set person_id = gen_random_uuid() where id = {EVENT}",
        "is not what was sealed there",
    ),
    "deleted": (f"delete from audit.event where id = {EVENT}", "is gone"),
    "deleted with its place": (
        f"delete from audit.event where id = {EVENT}; delete from audit.leaf where leaf_no = 3",
        "places 3 to 3 are gone",
    ),
    "inserted": (
        """
        insert into audit.event
        select gen_random_uuid(), at, xid, person_id, actor_kind, actor_agency, actor_client,
               actor_pseudonym, action, purpose, basis, about, fields, detail_enc
          from audit.event limit 1
        """,
        "was put among rows that had been sealed",
    ),
    "reordered": (
        """
        update audit.leaf set leaf_no = leaf_no + 1000000 where leaf_no in (2, 3);
        update audit.leaf set leaf_no = 3 where leaf_no = 1000002;
        update audit.leaf set leaf_no = 2 where leaf_no = 1000003
        """,
        "is not what was sealed there",
    ),
    "truncated": ("truncate audit.event", "is gone"),
    "truncated with all that tells of it": (
        "truncate audit.event, audit.leaf, audit.tile, audit.seal",
        "which the witness has, is gone",
    ),
    "cut short": (
        """
        delete from audit.event
         where id in (select event_id from audit.leaf where leaf_no >= 4);
        delete from audit.leaf where leaf_no >= 4;
        delete from audit.seal where size > 4
        """,
        "which the witness has, is gone",
    ),
    "a checkpoint dropped": (
        "delete from audit.seal where size = (select min(size) from audit.seal)",
        "which the witness has, is gone",
    ),
    "a checkpoint forged": (
        "update audit.seal set root = sha256('') where size = (select max(size) from audit.seal)",
        "was not signed by us",
    ),
    "a key of somebody else": (
        "update audit.seal_key set public = sha256('')",
        "was not signed by us",
    ),
}


@pytest_asyncio.fixture(loop_scope="session")
async def whole(
    look: Look, seal: Callable[..., Awaitable[None]], verify: Verify, intruder: Connection
) -> AsyncGenerator[verifying.Report]:
    """A log of two checkpoints, as it was before anybody touched it; mended afterwards."""
    while (await verify()).looks < 8:
        await look(2)
        await seal()
    tables = ("event_copy", "leaf", "tile", "seal", "seal_key")
    await intruder.execute(
        "create temp table event_copy as select * from audit.event;"
        + ";".join(f"create temp table {t}_kept as select * from audit.{t}" for t in tables[1:])
    )
    report = await verify()
    yield report
    await intruder.execute(
        "truncate audit.event, audit.leaf, audit.tile, audit.seal, audit.seal_key;"
        "insert into audit.event select * from event_copy;"
        + ";".join(f"insert into audit.{t} select * from {t}_kept" for t in tables[1:])
        + ";drop table event_copy;"
        + ";".join(f"drop table {t}_kept" for t in tables[1:])
    )
    assert (await verify()).findings == report.findings


async def test_a_log_that_nobody_touched_is_whole(whole: verifying.Report) -> None:
    assert whole.findings == ()
    assert whole.looks >= 8
    assert whole.checkpoints >= 2


@pytest.mark.parametrize("how", TAMPERED)
async def test_tampering_is_found(
    how: str, whole: verifying.Report, verify: Verify, intruder: Connection
) -> None:
    statement, told = TAMPERED[how]
    assert whole.findings == (), "the control: without the tampering, nothing is found"

    await intruder.execute(statement)
    report = await verify()

    assert any(told in finding for finding in report.findings), report.findings


async def test_the_first_place_that_is_wrong_is_named(
    whole: verifying.Report, verify: Verify, intruder: Connection
) -> None:
    await intruder.execute(TAMPERED["edited"][0])

    assert whole.first_bad is None
    assert (await verify()).first_bad == 3


async def test_the_witness_cannot_be_made_to_agree(
    whole: verifying.Report, verify: Verify, intruder: Connection, data_dir: Path
) -> None:
    """Without the witness a cut that takes its checkpoint along goes unseen: it is needed."""
    await intruder.execute(TAMPERED["cut short"][0])
    hidden = data_dir / "hidden"
    shutil.move(data_dir / "audit-witness", hidden)
    try:
        unseen = await verify()
    finally:
        shutil.move(hidden, data_dir / "audit-witness")

    assert not any("witness" in finding for finding in unseen.findings)
    assert any("witness" in finding for finding in (await verify()).findings)


async def test_a_log_that_was_cut_is_not_signed_again(
    whole: verifying.Report,
    look: Look,
    seal: Callable[..., Awaitable[None]],
    intruder: Connection,
) -> None:
    await intruder.execute(
        f"update audit.tile set data = sha256(data) || substr(data, 33) where level = 0;"
        f"delete from audit.event where id = {EVENT}"
    )
    await look()

    with pytest.raises(Exception, match="cannot find"):
        await seal()


async def test_nobody_of_the_house_can_change_a_line(
    whole: verifying.Report, database: Any, look: Look
) -> None:
    for role in ("tinhs_mod_audit", "tinhs_owner"):
        connection = await asyncpg.connect(database.owner)
        await connection.execute(f"set role {role}")
        for statement in (
            "update audit.event set purpose = 'a.b'",
            "delete from audit.event",
            "truncate audit.event",
            "delete from audit.leaf",
            "truncate audit.seal",
        ):
            try:
                done = await connection.execute(statement)
            except asyncpg.PostgresError:
                continue
            assert done in {"UPDATE 0", "DELETE 0"}, (role, statement)
        await connection.close()
