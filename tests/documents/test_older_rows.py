"""Rows that the house of before has written come through its migrations, and are judged as ever."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from backend.host.migrate import _LEDGER, _apply_all, migrate, steps
from backend.host.registry import discover, gather, is_ours
from backend.kernel import House, Module
from backend.kernel.database import Connection, prepare_connection
from backend.local.roles import DatabaseUrls, ensure_roles
from backend.testing import Clock
from backend.testing.databases import Templates
from backend.work import Workshop, open_workshop
from modules.documents.model import bundle as bundles
from modules.documents.model import jws
from modules.documents.model.statuses import Status
from modules.documents.repository import keys as house_keys
from modules.documents.repository import placements
from modules.documents.service import log, statuses, verification
from tests.documents import handmade
from tests.documents.handmade import NOW

AGENCY, LOG_ID = UUID(int=38), UUID(int=9)
BUNDLE = handmade.bundle()
CONTENT = jws.decoded(BUNDLE.payload)
DIGEST = sha256(CONTENT).digest()
ENVELOPE = handmade.envelope()


@dataclass(frozen=True)
class Older:
    """A database as far as an older release had brought it."""

    urls: DatabaseUrls
    owner: Connection
    modules: Sequence[Module]

    async def reach(self, first_absent: str) -> None:
        """Apply the files of the documents module before this one, and all of the house's."""
        is_before = (
            step for step in steps(self.modules)
            if step.module != "documents" or step.name < first_absent
        )  # fmt: skip
        await _apply_all(self.owner, [*is_before])

    async def write(self, sql: str, *values: object) -> None:
        """Write as a job of that house did."""
        async with self.owner.transaction():
            await self.owner.execute("select set_config('tinhs.kind', 'job', true)")
            await self.owner.execute(sql, *values)


@pytest.fixture
async def older(templates: Templates) -> AsyncGenerator[Older]:
    name = f"older_{uuid4().hex[:12]}"
    urls = await ensure_roles(templates.dsn, name)
    owner = await asyncpg.connect(urls.owner)
    await prepare_connection(owner)
    await owner.execute(_LEDGER)
    yield Older(
        urls, owner, [each for each in discover() if is_ours(each) or each.name == "documents"]
    )
    await owner.close()
    server = await asyncpg.connect(templates.dsn)
    await server.execute(f'drop database "{name}" with (force)')
    await server.close()


@pytest.fixture
async def judge(older: Older, tmp_path: Path) -> AsyncGenerator[Workshop]:
    """The house of today on that database."""
    house = House(providers=gather(older.modules), base_url=handmade.ISSUER, data_dir=tmp_path)
    clock = Clock()
    clock.now = NOW + timedelta(hours=1)
    opened = open_workshop(older.urls.job, house, older.modules, concurrency=1, clock=clock)
    yield opened
    await opened.pool.close()


async def keys_of_before(older: Older) -> None:
    """What each of the handmade keys left in the database when a key's purpose was its name."""
    public = (
        ("ca", handmade.CA.public_key(), handmade.ANCHOR),
        ("status", handmade.STATUS.public_key(), None),
        ("log", handmade.LOG.public_key(), None),
        ("witness", handmade.WITNESS.public_key(), None),
    )
    for purpose, key, certificate in public:
        await older.write(
            "insert into documents.key (purpose, public, certificate, made_at)"
            " values ($1, $2, $3, $4)",
            purpose, key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
            certificate, NOW - timedelta(days=1),
        )  # fmt: skip


async def document_of_before(older: Older) -> None:
    """An issued document whose content still lay open, of nobody but those who signed it."""
    await older.write(
        "insert into documents.status_list (number, secret, next) values (0, $1, 6)", bytes(32)
    )
    await older.write(
        "insert into documents.document (id, code, kind, drafted_by, current_rev, drafted_at)"
        " values ($1, $2, 'sample', $3, 1, $4)",
        ENVELOPE.doc_id, ENVELOPE.code, UUID(int=1), NOW,
    )  # fmt: skip
    await older.write(
        "insert into documents.revision (document_id, rev, schema, state, content, content_sha256,"
        " list, place, frozen_at, log_id, issued_at)"
        " values ($1, 1, 'sample/1', 'issued', $2, $3, 0, 5, $4, $5, $4)",
        ENVELOPE.doc_id, CONTENT, DIGEST, NOW, LOG_ID,
    )  # fmt: skip


async def test_a_document_of_the_first_release_is_judged_and_stopped_as_ever(
    older: Older, judge: Workshop
) -> None:
    await older.reach("0003")
    await keys_of_before(older)
    await document_of_before(older)

    await migrate(older.owner, older.modules)

    async with judge.transaction() as tx:
        of_bundle = await verification.verify(tx, bundles.written(BUNDLE))
        of_code = await verification.look_up_code(tx, ENVELOPE.code)
        in_use = [each for each in await tx.all(house_keys.LIST, ["ca"]) if not each.retired_at]
        found = await tx.one(placements.PLACED, ENVELOPE.doc_id)
        place = (found.list, found.place)
        await statuses.change(tx, place, DIGEST, Status.SUSPENDED, entry_id=tx.new_id())
        stopped = await verification.verify(tx, bundles.written(BUNDLE))
    assert of_bundle.verdict == "VALID"
    assert of_code.document is not None
    assert (of_code.document.rev, of_code.document.status) == (1, "VALID")
    assert stopped.verdict == "SUSPENDED"
    assert in_use == []  # whoever signs next makes a key that the store holds


async def test_a_kit_of_an_organisation_has_what_was_sealed_before_kits_were(
    older: Older, judge: Workshop
) -> None:
    await older.reach("0029")
    await document_of_before(older)
    await older.write("update documents.document set agency_id = $1", AGENCY)
    await older.write(
        "insert into documents.sealed_content (content_sha256, log_id) values ($1, $2)",
        DIGEST, LOG_ID,
    )  # fmt: skip
    assert BUNDLE.evidence.log is not None
    line = jws.decoded(BUNDLE.evidence.log.entry)
    await older.write("insert into documents.log_pending (id, data) values ($1, $2)", LOG_ID, line)

    await migrate(older.owner, older.modules)

    for work in (log.sequence, log.sign):
        async with judge.transaction() as tx:
            await work(tx)
    async with judge.transaction() as tx:
        found = [await verification.of_agency(tx, each, UUID(int=0)) for each in (AGENCY, LOG_ID)]
    assert [[each.content_sha256 for each in part.lines] for part in found] == [[DIGEST.hex()], []]
