"""Building the search index in a worker, and renewing it in every process that searches."""

import asyncio
from collections.abc import Sequence
from datetime import date
from hashlib import sha256
from typing import Final

import msgspec

from backend.kernel import Errand, Job, Memory, Snapshot, Transaction
from modules.public_services.model.engine import Engine
from modules.public_services.model.index import Document, Term, build, packed, unpacked
from modules.public_services.repository import changes
from modules.public_services.repository import search as repository
from modules.public_services.repository.imports import lock


class Material(msgspec.Struct, frozen=True, kw_only=True):
    """What an index is made of; `documents` is None when the newest is made of it already."""

    seq: int
    terms_digest: str
    day: date
    terms: Sequence[Term] = ()
    documents: Sequence[Document] | None = None


class Rebuild(msgspec.Struct, frozen=True, kw_only=True):
    """A change of the catalogue that searches should find."""

    seq: int


async def gather(tx: Snapshot) -> Material:
    """Read what an index would be made of now."""
    seq, terms = await changes.edition(tx), await repository.terms(tx)
    terms_digest = sha256(msgspec.json.encode(terms)).hexdigest()
    material = Material(seq=seq, terms_digest=terms_digest, day=tx.today, terms=terms)
    newest = await repository.newest(tx)
    if newest is not None and (newest.catalogue_seq, newest.terms_digest, newest.as_of) == (
        seq,
        terms_digest,
        tx.today,
    ):
        return material
    documents = await repository.documents(tx, tx.today)
    return msgspec.structs.replace(material, documents=documents)


async def _prepare(tx: Transaction, _: Rebuild) -> Material:
    return await gather(tx)


async def _build(material: Material) -> bytes:
    if material.documents is None:
        return b""
    index = await asyncio.to_thread(build, material.documents, material.terms)
    return packed(index)


async def _keep(tx: Transaction, material: Material, content: bytes) -> None:
    if content:
        digest = content[:32].hex()
        await repository.put(
            tx, material.seq, material.terms_digest, digest, content, day=material.day
        )


REBUILD: Final = Job(
    name="public_services.rebuild-index",
    run=Errand(prepare=_prepare, call=_build, settle=_keep, seconds_max=120),
    payload=Rebuild,
)


async def turn(tx: Transaction) -> None:
    """Tell phones and searches what a new day brings."""
    await lock(tx)
    await changes.turn(tx)
    await changed(tx)


TURN: Final = Job(name="public_services.turn-of-day", run=turn, cron="5 0 * * *")
"""Versions start and end at midnight, without anybody's doing."""


async def changed(tx: Transaction) -> None:
    """Have the index rebuilt once this transaction has committed."""
    await tx.enqueue(REBUILD, Rebuild(seq=await changes.edition(tx)))


async def rebuild(tx: Transaction) -> None:
    """Build the index here and now, for commands and tests."""
    material = await gather(tx)
    await _keep(tx, material, await _build(material))


class Current(msgspec.Struct, frozen=True, kw_only=True):
    """The index in use, or none when there is none yet. `content` is one that waits to be read."""

    engine: Engine | None
    version: int
    as_of: date | None
    content: bytes = b""


async def _version(snapshot: Snapshot) -> int:
    newest = await repository.newest(snapshot)
    return 0 if newest is None else newest.version


async def _fetch(snapshot: Snapshot) -> Current:
    newest = await repository.newest(snapshot)
    if newest is None:
        return Current(engine=None, version=0, as_of=None)
    content = await repository.content(snapshot, newest.version)
    return Current(engine=None, version=newest.version, as_of=newest.as_of, content=content)


def _open(fetched: Current) -> Current:
    if not fetched.content:
        return fetched
    engine = Engine(unpacked(fetched.content), fetched.version)
    return msgspec.structs.replace(fetched, engine=engine, content=b"")


_CURRENT: Final = Memory(build=_fetch, version=_version, finish=_open, check_seconds=1)


async def current(snapshot: Snapshot) -> Current:
    """Return this process's index: a second behind the newest, and as long as reading it takes."""
    return await snapshot.recall(_CURRENT)
