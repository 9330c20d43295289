"""The log: entries wait in the transaction that made them, get dense places, are signed for."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from backend.kernel import NotFound, Snapshot, Transaction
from backend.transparency import merkle, notes, tiles, watch
from modules.documents.model.bundle import LogEvidence
from modules.documents.model.canonical import canonical
from modules.documents.model.entries import LogEntry
from modules.documents.model.jws import encoded
from modules.documents.repository import log as repository
from modules.documents.service import keys

_MEMORIES: Final = "documents-log"


def origin(base_url: str) -> str:
    """Return the name of the log: where it is published, without the scheme."""
    return f"{urlsplit(base_url).netloc}/v1/documents/log"


def witness_name(base_url: str) -> str:
    """Return the name under which the built-in witness signs."""
    return f"{origin(base_url)}/witness"


async def enter(tx: Transaction, entry_id: UUID, entry: LogEntry) -> None:
    """Let an entry wait for its place; it is logged if and only if this transaction commits."""
    await enter_many(tx, [(entry_id, entry)])


async def enter_many(tx: Transaction, lines: Sequence[tuple[UUID, LogEntry]]) -> None:
    """Let entries wait for their places, in this order."""
    ids = [entry_id for entry_id, _ in lines]
    await tx.run(repository.ENTER, ids, [canonical(entry) for _, entry in lines])


async def sequence(tx: Transaction) -> None:
    """Give what waits its places, at most 10,000 at once."""
    await tx.run(repository.LOCK)
    waiting = sorted(await tx.all(repository.TAKE), key=lambda pending: pending.seq)
    if not waiting:
        return
    size = (await tx.one(repository.SIZE)).size
    leaves = [merkle.leaf_hash(pending.data) for pending in waiting]
    await tx.run(
        repository.APPEND,
        [*range(size, size + len(waiting))],
        [pending.id for pending in waiting],
        [pending.data for pending in waiting],
        leaves,
    )
    changed = tiles.extended(size, await _tiles(tx, tiles.edge(size)), leaves)
    await tx.run(
        repository.KEEP_TILES,
        [level for level, _ in changed],
        [number for _, number in changed],
        [*changed.values()],
    )


async def sign(tx: Transaction) -> int:
    """Sign and witness the log as it stands; return the size that is signed for.

    Entries are committed before anybody signs them: a transaction that fails here takes back a
    signature, never an entry that a signer already remembers. Raises `watch.LogRewritten`.
    """
    await tx.run(repository.LOCK)
    size = (await tx.one(repository.SIZE)).size
    latest = await tx.maybe(repository.LATEST)
    if size == 0 or (latest is not None and latest.size == size):
        return size
    root = await _hash(tx, (0, size))
    seen = notes.Checkpoint(origin(tx.base_url), size, root)

    async def proof(old: int, new: int) -> Sequence[bytes]:
        return await _hashes(tx, merkle.consistency(old, new))

    memories = tx.data_dir / _MEMORIES
    await watch.require_growth(memories / "log.json", seen, proof)
    note = notes.signed(seen, seen.origin, await keys.noting(tx, "log"))
    await watch.require_growth(memories / "witness.json", seen, proof)
    witness = await keys.noting(tx, "witness")
    name, moment = witness_name(tx.base_url), int(tx.now.timestamp())
    note += notes.cosignature(seen, name, witness, moment)
    cosigned_at = datetime.fromtimestamp(moment, tx.now.tzinfo)
    await tx.run(repository.SIGNED, size, root, note, cosigned_at)
    return size


async def signed_size(snapshot: Snapshot) -> int:
    """Return how many entries the latest checkpoint covers."""
    latest = await snapshot.maybe(repository.LATEST)
    return 0 if latest is None else latest.size


async def evidence(snapshot: Snapshot, entry_id: UUID) -> LogEvidence | None:
    """Return the proof that an entry is in the log, under the first checkpoint that covers it."""
    return (await evidence_of(snapshot, [entry_id])).get(entry_id)


async def evidence_of(
    snapshot: Snapshot, entry_ids: Collection[UUID]
) -> Mapping[UUID, LogEvidence]:
    """Return the proofs of those entries that a checkpoint covers."""
    entries = await snapshot.all(repository.PROVED, [*entry_ids])
    paths = {each.id: merkle.inclusion(each.idx, each.size) for each in entries}
    spans = [span for path in paths.values() for span in path]
    node = tiles.reader(await _tiles(snapshot, tiles.places(spans)))
    return {
        each.id: LogEvidence(
            checkpoint=each.note,
            entry=encoded(each.data),
            index=each.idx,
            proof=tuple(encoded(merkle.range_hash(span, node)) for span in paths[each.id]),
        )
        for each in entries
    }


async def checkpoint(snapshot: Snapshot) -> str:
    """Return the latest note. Raises `NotFound` before the first."""
    note = await latest(snapshot)
    if note is None:
        raise NotFound
    return note


async def latest(snapshot: Snapshot) -> str | None:
    """Return the latest note, if there is one."""
    found = await snapshot.maybe(repository.LATEST)
    return None if found is None else found.note


async def tile(snapshot: Snapshot, level: int, path: str) -> bytes:
    """Return the hashes of a tile, no more than a checkpoint covers."""
    number, width = _place(path)
    await _require_covered(snapshot, level, number, width)
    found = await _tiles(snapshot, {(level, number)})
    return found[level, number][: width * merkle.HASH_BYTES]


async def entries(snapshot: Snapshot, path: str) -> bytes:
    """Return a bundle of entries (C2SP tlog-tiles): each with its length in two bytes."""
    number, width = _place(path)
    await _require_covered(snapshot, 0, number, width)
    first = number * tiles.WIDTH
    found = await snapshot.all(repository.ENTRIES, first, first + width)
    return b"".join(len(entry.data).to_bytes(2, "big") + entry.data for entry in found)


def _place(path: str) -> tuple[int, int]:
    place = tiles.parsed(path)
    if place is None:
        raise NotFound
    return place


async def _require_covered(snapshot: Snapshot, level: int, number: int, width: int) -> None:
    latest = await snapshot.maybe(repository.LATEST)
    hashes = 0 if latest is None else latest.size >> (tiles.HEIGHT * level)
    if number * tiles.WIDTH + width > hashes:
        raise NotFound


async def _tiles(snapshot: Snapshot, places: set[tiles.Place]) -> dict[tiles.Place, bytes]:
    rows = await snapshot.all(
        repository.TILES, [level for level, _ in places], [number for _, number in places]
    )
    return {(row.level, row.number): row.data for row in rows}


async def _hash(snapshot: Snapshot, span: merkle.Range) -> bytes:
    return (await _hashes(snapshot, [span]))[0]


async def _hashes(snapshot: Snapshot, spans: Sequence[merkle.Range]) -> list[bytes]:
    node = tiles.reader(await _tiles(snapshot, tiles.places(spans)))
    return [merkle.range_hash(span, node) for span in spans]
