"""Looking whether anybody has rewritten the log: from the rows up, and against the witness."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec

from backend.audit import repository, sealing, witness
from backend.audit.model import Looked
from backend.audit.repository import Leaf, Seal
from backend.kernel import Snapshot
from backend.transparency import merkle, notes, tiles

_BATCH: Final = 5000
_FINDINGS_MAX: Final = 100


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What was looked through, and what is wrong with it: a sentence each."""

    looks: int
    checkpoints: int
    findings: tuple[str, ...]
    first_bad: int | None = None
    """The first place at which something is not what was sealed."""


class Climbing:
    """The root of a tree that grows leaf by leaf, out of as many hashes as it is high."""

    def __init__(self) -> None:
        self.size = 0
        self._hashes: list[tuple[int, bytes]] = []

    def add(self, leaf: bytes) -> None:
        """Add a leaf's hash."""
        level, found = 0, leaf
        while self._hashes and self._hashes[-1][0] == level:
            found = merkle.parent_hash(self._hashes.pop()[1], found)
            level += 1
        self._hashes.append((level, found))
        self.size += 1

    def root(self) -> bytes:
        """Return the root over all leaves so far."""
        if not self._hashes:
            return merkle.EMPTY
        (_, found), *rest = reversed(self._hashes)
        for _, left in rest:
            found = merkle.parent_hash(left, found)
        return found


async def verify(snapshot: Snapshot) -> Report:
    """Compare rows with places, places with checkpoints, checkpoints with signatures and witness.

    Reads everything once, in order. `findings` is empty when the log is what it was.
    """
    findings: list[str] = []
    seals = await _seals(snapshot)
    findings += _unsigned(seals, await sealing.verifiers(snapshot))
    findings += _dropped(seals, witness.copies(witness.folder(snapshot)))
    roots = {seal.size: seal.root for seal in seals}
    tree, expected, first_bad = Climbing(), 0, None
    while leaves := await snapshot.all(repository.LEAVES, expected):
        rows = await _rows(snapshot, leaves)
        stored = await _stored(snapshot, leaves)
        for leaf in leaves:
            known, place = len(findings), expected
            if leaf.leaf_no != expected:
                findings.append(f"places {expected} to {leaf.leaf_no - 1} are gone")
            findings += _looked_over(leaf, rows.get(leaf.event_id), stored)
            row = rows.get(leaf.event_id)
            tree.add(b"" if row is None else merkle.leaf_hash(row.entry()))
            expected = leaf.leaf_no + 1
            if expected in roots and roots[expected] != tree.root():
                findings.append(f"the checkpoint of {expected} looks is not about these rows")
            if first_bad is None and len(findings) > known:
                first_bad = place
        if len(leaves) < _BATCH or len(findings) >= _FINDINGS_MAX:
            break
    if seals and seals[-1].size > expected:
        first_bad = expected if first_bad is None else first_bad
        findings.append(f"{seals[-1].size} looks were sealed, and {expected} are there")
    for look in await snapshot.all(repository.SMUGGLED):
        findings.append(f"the look {look.id} was put among rows that had been sealed")
    return Report(
        looks=expected,
        checkpoints=len(seals),
        findings=tuple(findings[:_FINDINGS_MAX]),
        first_bad=first_bad,
    )


async def compared(snapshot: Snapshot) -> tuple[int, list[str]]:
    """Compare a database that was brought back with the witness, which it cannot have changed.

    Return how many looks the witness saw sealed that came later than this database, and every
    checkpoint of its own time on which the two differ.
    """
    seals = await _seals(snapshot)
    last = seals[-1].size if seals else 0
    seen = witness.copies(witness.folder(snapshot))
    later = max((copy.size for copy in seen), default=0) - last
    return max(later, 0), list(_dropped(seals, [copy for copy in seen if copy.size <= last]))


async def _seals(snapshot: Snapshot) -> list[Seal]:
    found: list[Seal] = []
    while more := await snapshot.all(repository.SEALS_AFTER, found[-1].size if found else 0):
        found += more
    return found


async def _rows(snapshot: Snapshot, leaves: Sequence[Leaf]) -> dict[object, Looked]:
    moments = [leaf.at for leaf in leaves]
    ids = [leaf.event_id for leaf in leaves]
    rows = await snapshot.all(repository.ROWS, ids, min(moments), max(moments))
    return {row.id: row for row in rows}


async def _stored(snapshot: Snapshot, leaves: Sequence[Leaf]) -> dict[tiles.Place, bytes]:
    numbers = {leaf.leaf_no // tiles.WIDTH for leaf in leaves}
    return await sealing.tiles_of(snapshot, {(0, number) for number in numbers})


def _looked_over(leaf: Leaf, row: Looked | None, stored: dict[tiles.Place, bytes]) -> Iterator[str]:
    if row is None:
        yield f"the look {leaf.event_id} at place {leaf.leaf_no} is gone"
        return
    number, place = divmod(leaf.leaf_no, tiles.WIDTH)
    start = place * merkle.HASH_BYTES
    kept = stored.get((0, number), b"")[start : start + merkle.HASH_BYTES]
    if kept != merkle.leaf_hash(row.entry()):
        yield f"the look {leaf.event_id} at place {leaf.leaf_no} is not what was sealed there"


def _unsigned(seals: Iterable[Seal], keys: Sequence[notes.Verifier]) -> Iterator[str]:
    for seal in seals:
        if not any(_is_signed(seal, key) for key in keys):
            yield f"the checkpoint of {seal.size} looks was not signed by us"


def _is_signed(seal: Seal, key: notes.Verifier) -> bool:
    try:
        seen = notes.opened(seal.note, key)
    except notes.NotSigned:
        return False
    return (seen.size, seen.root) == (seal.size, seal.root) and seen.origin == key.name


def _dropped(seals: Iterable[Seal], copies: Sequence[witness.Copied]) -> Iterator[str]:
    kept = {seal.size: seal.note for seal in seals}
    for copy in copies:
        if copy.size not in kept:
            yield f"the checkpoint of {copy.size} looks, which the witness has, is gone"
        elif kept[copy.size] != copy.note:
            yield f"the checkpoint of {copy.size} looks is not the one that the witness has"
