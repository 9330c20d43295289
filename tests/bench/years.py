"""What a school year costs: each step of the whole chain, beside nothing but its primitives."""

import asyncio
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final, TypeVar, cast
from uuid import UUID, uuid4

import asyncpg
import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from backend.host.registry import discover, gather
from backend.host.settings import wanted
from backend.kernel import House, Principal, Query, Transaction
from backend.testing.databases import Templates, server
from backend.work import Workshop, drain, open_workshop
from contracts.keys import DataKeys
from modules.documents.jobs import PUBLISH, SEQUENCE, SIGN
from modules.documents.model import jws
from modules.documents.model.ceremony import HandedIn, Intention
from modules.documents.repository import bulk, log, sealing
from modules.documents.repository.revisions import Revision
from modules.documents.repository.signing import Waiting
from modules.documents.service import (
    ceremony,
    closing,
    enrolment,
    files,
    kinds,
    stamping,
    statuses,
)
from modules.transcripts.demo import SAMPLE
from modules.transcripts.model.kind import SchoolRecord
from modules.transcripts.service import years
from tests.bench import primitives
from tests.bench.processes import cpu_seconds

C = TypeVar("C", bound="Chain")

FULL: Final = 400
HASTY: Final = 80
"""Pupils of the year that is issued."""
_ROUNDS: Final = 5
"""The year and its primitives take turns, so that a slow minute of the machine falls on both."""
CORE_HOURS_MAX: Final = 25
"""For a million of them."""
RATIO_MAX: Final = 1.15
CLASS: Final = 40
"""Records that are handed in, and frozen, together."""
SESSION: Final = 25
"""Documents that a person signs with one confirmation."""


_WAITING: Final = Query(
    Waiting,
    """
    select document_id, person_id
      from documents.party
     where person_id = $1
     order by document_id
     limit 100000
    """,
)


ISSUED: Final = Query(
    Revision,
    """
    select document_id, rev, state, content, content_enc, content_sha256, base_sha256, pdf_sha256,
           collect_until, log_id
      from documents.revision
     where state = 'issued'
     order by document_id desc
     limit $1
    """,
)
_CHECKS: Final = 10
"""Those of two people are checked as they come in, and all six of the PDF when it is judged."""


class Chain:
    """A house that issues a year, and what each step has cost so far, in CPU seconds."""

    def __init__(self, shop: Workshop, postmaster: int, database: str) -> None:
        self.shop, self.postmaster, self.database = shop, postmaster, database
        self.seconds: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Count what this process and all of PostgreSQL's use meanwhile."""
        before = time.process_time() + cpu_seconds(self.postmaster)
        yield
        used = time.process_time() + cpu_seconds(self.postmaster) - before
        self.seconds[name] = self.seconds.get(name, 0.0) + used

    def taken(self) -> dict[str, float]:
        """Return what each step has cost since this was last asked."""
        found, self.seconds = self.seconds, {}
        return found

    async def issue(self, count: int) -> None:
        """Issue a year of so many pupils."""
        school, staff = uuid4(), uuid4()
        clerk = Principal(
            kind="staff", staff_id=staff, agency_id=school, agencies=frozenset({school})
        )
        teacher, principal = await self._phone(), await self._phone()
        with self.step("records written and stood by"):
            for start in range(0, count, CLASS):
                await self._hand_in(clerk, f"C{start // CLASS}", min(CLASS, count - start))
        wish = years.Wish(
            agency_id=school,
            school_year=SAMPLE.school_year,
            class_name=None,
            principal_id=principal.person_id,
            homeroom_teacher_ids={
                f"C{start // CLASS}": teacher.person_id for start in range(0, count, CLASS)
            },
        )
        with self.step("all looked at and frozen"):
            async with self._as(clerk) as tx:
                await years.issue(tx, wish)
            await self.work()
        async with self.shop.transaction() as tx:
            tx.principal = teacher.principal
            documents = [row.document_id for row in await tx.all(_WAITING, teacher.person_id)]
        for name, phone in (("signed by the teacher", teacher), ("by the principal", principal)):
            with self.step(name):
                for start in range(0, count, SESSION):
                    await phone.sign(self, documents[start : start + SESSION])
        with self.step("sealed by the school"):
            await self.work()
        with self.step("logged, signed for and issued"):
            for job in (SEQUENCE, SIGN, PUBLISH):
                async with self.shop.transaction() as tx:
                    await cast("Callable[[Transaction], Awaitable[None]]", job.run)(tx)
        with self.step("known by their hashes"):
            await self.work()

    async def work(self) -> None:
        """Do what waits to be done."""
        await drain(self.shop)

    async def do_primitives(self, count: int) -> None:
        """Print, sign, check, store and insert as often, and nothing else.

        Printed as anybody calls those libraries; signed with the house's own writing of PDF and
        CMS, which costs less than pyHanko's (`pades.py`).
        """
        async with self.shop.transaction() as tx:
            rows = await closing.papers(tx, await tx.all(ISSUED, count))
            (own,) = (await tx.ask(DataKeys).given([uuid4()])).values()
            authority = await stamping.authority(tx)
        form = kinds.form(SchoolRecord())
        with self.step("print"):
            bases = [primitives.printed(each.content, form) for each in rows]
        key, paper = Phone().key, authority.certificate
        with self.step("sign three times, as PDF and as data, with timestamps"):
            signed = [primitives.signed(*each, key, paper, authority) for each in bases]
        with self.step("check ten signatures"):
            for made in signed:
                for _ in range(_CHECKS):
                    made.require_genuine(key.public_key())
        with self.step("store two files"), TemporaryDirectory() as folder:
            for (base, _, _), made in zip(bases, signed, strict=True):
                files.kept(Path(folder), base, own)
                files.kept(Path(folder), made.raw, own)
        with self.step("insert the rows"):
            for start in range(0, count, CLASS):
                async with self.shop.transaction() as tx:
                    await _insert(tx, [each.content for each in rows[start : start + CLASS]])

    async def _hand_in(self, clerk: Principal, name: str, count: int) -> None:
        record = msgspec.structs.replace(SAMPLE, class_name=name)
        rows = [years.Row(pupil_id=uuid4(), record=record) for _ in range(count)]
        codes = [each.code for each in record.subjects]
        async with self._as(clerk) as tx:
            await years.write(tx, record.school_year, rows)
        async with self._as(clerk) as tx:
            await years.confirm(tx, record.school_year, name, codes)

    async def _phone(self) -> "Phone":
        phone = Phone()
        async with self._as(phone.principal) as tx:
            begun = await enrolment.ask(tx, jws.jwk_of(phone.key.public_key()))
            proof = jws.encoded(jws.sign(phone.key, jws.decoded(begun.to_be_signed)))
            phone.fingerprint = (await enrolment.prove(tx, begun.id, proof)).fingerprint
        return phone

    @asynccontextmanager
    async def _as(self, who: Principal) -> AsyncGenerator[Transaction]:
        async with self.shop.transaction() as tx:
            tx.principal = who
            yield tx


async def _insert(tx: Transaction, contents: Sequence[bytes]) -> None:
    """Insert what a class's documents, their parties, readers and signatures are, and their lines.

    The same bytes into the same tables, a statement for each.
    """
    ids, now = [uuid4() for _ in contents], tx.now
    count, who = len(ids), uuid4()
    spots = await statuses.places(tx, count)
    lists, places = [each[0] for each in spots], [each[1] for each in spots]
    digests = [sha256(each.bytes).digest() for each in ids]
    codes = [each.hex for each in ids]
    await tx.run(bulk.ADD_DOCUMENTS, ids, codes, SchoolRecord.name, who, who, now, codes)
    rows = (ids, codes, list(contents), digests, digests, lists, places)
    await tx.run(bulk.ADD_REVISIONS, *rows, now, now)
    await tx.run(bulk.ADD_PLACEMENTS, lists, places, ids, digests, codes, SchoolRecord.name)
    thrice, seqs = [each for each in ids for _ in range(3)], [*range(3)] * count
    names, people = [str(seq) for seq in seqs], [uuid4() for _ in thrice]
    no, words = [False] * len(thrice), ["x" * 200] * len(thrice)
    await tx.run(bulk.ADD_PARTIES, thrice, seqs, names, people, names, seqs, no, no)
    full, party = ["full"] * len(thrice), ["party"] * len(thrice)
    await tx.run(bulk.ADD_ACCESS, thrice, people, party, full, who)
    revs, blobs = [1] * len(thrice), [bytes(2400)] * len(thrice)
    signed = (thrice, revs, seqs, words, words, *[blobs] * 4, seqs)
    await tx.run(sealing.SIGN, *signed, now, now)
    await tx.run(log.ENTER, ids, [bytes(300)] * count)


class Phone:
    """A person with a device."""

    def __init__(self) -> None:
        self.person_id = uuid4()
        self.key = generate_private_key(SECP256R1())
        self.principal = Principal(kind="citizen", person_id=self.person_id, ial=2, acr="aal2")
        self.fingerprint = ""

    async def sign(self, chain: Chain, documents: Sequence[UUID]) -> None:
        """Sign as a device does: every message that was prepared, in one go."""
        async with chain._as(self.principal) as tx:
            wish = Intention(documents=tuple(documents), certificate=self.fingerprint)
            session = await ceremony.prepare(tx, wish)
        handed_in = tuple(
            HandedIn(
                document=prepared.document,
                kind=each.kind,
                format="raw",
                value=jws.encoded(jws.sign(self.key, jws.decoded(each.tbs))),
            )
            for prepared in session.documents
            for each in prepared.to_be_signed
        )
        async with chain._as(self.principal) as tx:
            await ceremony.finalise(tx, session.id, handed_in)


@asynccontextmanager
async def house(of: type[C] = Chain) -> AsyncGenerator[C]:
    """Open a house of its own for a block."""
    modules = discover()
    settings = {kind: kind() for kind in wanted(modules).values()}
    with contextmanager(server)() as dsn, TemporaryDirectory() as folder:
        async with Templates(dsn).copy(modules) as urls:
            connection: Any = await asyncpg.connect(dsn)
            home = Path(await connection.fetchval("show data_directory"))
            await connection.close()
            postmaster = int((home / "postmaster.pid").read_text().splitlines()[0])
            house = House(providers=gather(modules, settings), data_dir=Path(folder))
            now = datetime.now(UTC)
            shop = open_workshop(urls.job, house, modules, concurrency=2, clock=lambda: now)
            yield of(shop, postmaster, urls.job)
            await shop.pool.close()


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """CPU seconds of one document: the chain by its steps, and nothing but the primitives."""

    chain: dict[str, float]
    primitives: dict[str, float]
    ratio: float
    """How much more the chain is than its primitives alone."""

    @property
    def seconds(self) -> float:
        """What a document costs."""
        return sum(self.chain.values())


async def measured(count: int) -> Cost:
    """Issue a year of so many pupils, and do its primitives as often; medians of some rounds."""
    async with house() as chain:
        await chain.issue(CLASS)  # whatever is made at the first use
        chain.taken()
        part = count // _ROUNDS
        wholes: list[dict[str, float]] = []
        alone: list[dict[str, float]] = []
        for _ in range(_ROUNDS):
            await chain.issue(part)
            wholes.append(chain.taken())
            await chain.do_primitives(part)
            alone.append(chain.taken())
        ratios = [
            sum(whole.values()) / sum(bare.values())
            for whole, bare in zip(wholes, alone, strict=True)
        ]
        return Cost(
            chain=_typical(wholes, part), primitives=_typical(alone, part), ratio=median(ratios)
        )


def _typical(rounds: Sequence[dict[str, float]], count: int) -> dict[str, float]:
    return {name: median(each[name] for each in rounds) / count for name in rounds[0]}


if __name__ == "__main__":
    found = asyncio.run(measured(int(sys.argv[1]) if len(sys.argv) > 1 else FULL))
    for name, seconds in (*found.chain.items(), *found.primitives.items()):
        sys.stdout.write(f"{name:34}{seconds * 1e3:8.2f} ms\n")
    sys.stdout.write(f"together {found.seconds * 1e3:.1f} ms, {found.ratio:.2f}x\n")
