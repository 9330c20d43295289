"""The seal: looks get dense places in a tree, whose checkpoints are signed and copied away.

No row waits for the one before it while it is written: places are given afterwards, to rows of
transactions that are over, so writing looks never queues.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from backend.audit import repository, witness
from backend.audit.repository import Seal, SealKey
from backend.kernel import Snapshot, Transaction
from backend.kms import kms_of
from backend.transparency import merkle, notes, tiles, watch

KEYS_OVERLAP: Final = timedelta(days=30)
"""How long a seal key that was replaced signs beside the new one."""

_BATCH: Final = 5000


def origin(base_url: str) -> str:
    """Return the name of the log, as C2SP's tlog-checkpoint wants it: without the scheme."""
    return f"{urlsplit(base_url).netloc}/audit"


async def place(tx: Transaction) -> None:
    """Give a place to each look of a transaction that is over."""
    await tx.run(repository.LOCK)
    below = (await tx.one(repository.BELOW)).below
    waiting = await tx.all(repository.TAKE, below)
    while waiting:
        size = (await tx.one(repository.SIZE)).size
        await tx.run(
            repository.PLACE,
            [*range(size, size + len(waiting))],
            [look.id for look in waiting],
            [look.at for look in waiting],
        )
        leaves = [merkle.leaf_hash(look.entry()) for look in waiting]
        changed = tiles.extended(size, await tiles_of(tx, tiles.edge(size)), leaves)
        await tx.run(
            repository.KEEP_TILES,
            [level for level, _ in changed],
            [number for _, number in changed],
            [*changed.values()],
        )
        waiting = await tx.all(repository.TAKE, below) if len(waiting) == _BATCH else ()
    await tx.run(repository.PLACED, below)


async def sign(tx: Transaction) -> Seal | None:
    """Sign for all that has a place; return the checkpoint, or None when nothing was added.

    Places were committed before, by an earlier run: a signer never remembers what was rolled back.
    Raises `watch.LogRewritten`.
    """
    await tx.run(repository.LOCK)
    size = (await tx.one(repository.SIZE)).size
    latest = await tx.maybe(repository.LATEST)
    if size == 0 or (latest is not None and latest.size == size):
        return None
    (root,) = await hashes(tx, [(0, size)])
    seen = notes.Checkpoint(origin(tx.base_url), size, root)

    async def proof(old: int, new: int) -> Sequence[bytes]:
        return await hashes(tx, merkle.consistency(old, new))

    await watch.require_growth(witness.folder(tx) / "signed.json", seen, proof)
    note = f"{seen.text()}\n"
    for key in await _signing(tx):
        note += _signature(tx, seen, key)
    seal = Seal(size=size, root=root, note=note, at=tx.now)
    await tx.run(repository.SEALED, seal.size, seal.root, seal.note, seal.at)
    return seal


async def rotate(tx: Transaction) -> str:
    """Seal with a fresh key from now on; the old ones go on beside it for a while. Return it."""
    await tx.run(repository.LOCK)
    fresh = await _made(tx)
    await tx.run(repository.RETIRE_SEAL_KEYS, fresh.reference, tx.now + KEYS_OVERLAP)
    return notes.Verifier(origin(tx.base_url), fresh.public).vkey()


async def verifiers(snapshot: Snapshot) -> list[notes.Verifier]:
    """Return the keys that have ever sealed, the newest first."""
    name = origin(snapshot.base_url)
    return [notes.Verifier(name, key.public) for key in await snapshot.all(repository.SEAL_KEYS)]


async def hashes(snapshot: Snapshot, spans: Sequence[merkle.Range]) -> list[bytes]:
    """Return the hash over each range of leaves."""
    node = tiles.reader(await tiles_of(snapshot, tiles.places(spans)))
    return [merkle.range_hash(span, node) for span in spans]


async def tiles_of(snapshot: Snapshot, places: set[tiles.Place]) -> dict[tiles.Place, bytes]:
    """Return those tiles that there are."""
    rows = await snapshot.all(
        repository.TILES, [level for level, _ in places], [number for _, number in places]
    )
    return {(row.level, row.number): row.data for row in rows}


async def _signing(tx: Transaction) -> list[SealKey]:
    keys = await tx.all(repository.SEAL_KEYS)
    living = [key for key in keys if key.retires_at is None or key.retires_at > tx.now]
    return living or [await _made(tx)]


async def _made(tx: Transaction) -> SealKey:
    kms = kms_of(tx)
    reference = kms.create("ed25519")
    public = load_der_public_key(kms.public(reference))
    if not isinstance(public, Ed25519PublicKey):
        raise TypeError("notes are signed with Ed25519")
    raw = public.public_bytes_raw()
    await tx.run(repository.ADD_SEAL_KEY, reference, raw, tx.now)
    return SealKey(reference=reference, public=raw, retires_at=None)


def _signature(tx: Transaction, seen: notes.Checkpoint, key: SealKey) -> str:
    kms = kms_of(tx)
    return notes.signature(
        seen, seen.origin, key.public, lambda message: kms.sign(key.reference, message)
    )
