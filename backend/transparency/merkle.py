"""Merkle trees of RFC 6962 §2.1: roots, proofs, and how anyone checks them (RFC 9162 §2.1).

A prover needs hashes of ranges of leaves. Every such range splits into complete subtrees, named
by `(level, index)`: the subtree over leaves `index·2^level` up to `(index+1)·2^level`.
"""

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from typing import Final, TypeAlias

EMPTY: Final = sha256(b"").digest()
HASH_BYTES: Final = 32

Range: TypeAlias = tuple[int, int]
Node: TypeAlias = Callable[[int, int], bytes]
"""Gives the hash of a complete subtree, by level and index."""


class NotProved(Exception):
    """The proof does not show what it was given for."""


def leaf_hash(leaf: bytes) -> bytes:
    """Return the hash of an entry."""
    return sha256(b"\0" + leaf).digest()


def parent_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash over two neighbours."""
    return sha256(b"\1" + left + right).digest()


def _split(size: int) -> int:
    """Return the largest power of two below `size`."""
    return 1 << ((size - 1).bit_length() - 1)


def complete(span: Range) -> Iterator[tuple[int, int]]:
    """Yield the complete subtrees of an aligned range, from the largest on the left."""
    start, end = span
    while start < end:
        level = (end - start).bit_length() - 1
        yield level, start >> level
        start += 1 << level


def range_hash(span: Range, node: Node) -> bytes:
    """Return the hash over a range of leaves as a tree of its own."""
    hashes = [node(level, index) for level, index in complete(span)]
    if not hashes:
        return EMPTY
    root = hashes[-1]
    for left in reversed(hashes[:-1]):
        root = parent_hash(left, root)
    return root


def inclusion(index: int, size: int) -> list[Range]:
    """Return the ranges whose hashes prove that leaf `index` is in the tree, nearest first."""
    path: list[Range] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start = middle
    return path[::-1]


def consistency(old: int, size: int) -> list[Range]:
    """Return the ranges whose hashes prove that the tree of `old` leaves was only added to."""
    if not 0 < old < size:
        return []
    path: list[Range] = []
    start, end, whole = 0, size, True
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start, whole = middle, False
    if not whole:
        path.append((start, end))
    return path[::-1]


def require_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Return if the entry with this leaf hash is number `index` of the tree (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < size or not _are_hashes(leaf, root, *proof):
        raise NotProved
    # So many levels up to where the way meets the tree's right edge; from there on, and wherever
    # the way comes from the right, the sibling is on the left.
    inner = (index ^ (size - 1)).bit_length()
    if len(proof) != inner + (index >> inner).bit_count():
        raise NotProved
    found = leaf
    for level, sibling in enumerate(proof):
        is_right = level >= inner or index >> level & 1
        found = parent_hash(sibling, found) if is_right else parent_hash(found, sibling)
    if found != root:
        raise NotProved


def require_consistency(
    old: int, size: int, proof: Sequence[bytes], old_root: bytes, root: bytes
) -> None:
    """Return if the tree extends the older one (RFC 9162 §2.1.4.2). An empty one says nothing."""
    if not 0 < old <= size or not _are_hashes(*proof):
        raise NotProved
    if old == size:
        if proof or old_root != root:
            raise NotProved
        return
    if not proof:
        raise NotProved
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    place, last = old - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    then = now = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise NotProved
        if place & 1 or place == last:
            then, now = parent_hash(sibling, then), parent_hash(sibling, now)
            place, last = _climbed(place, last)
        else:
            now = parent_hash(now, sibling)
        place, last = place >> 1, last >> 1
    if last or then != old_root or now != root:
        raise NotProved


def _climbed(place: int, last: int) -> tuple[int, int]:
    """Pass the levels at which the right edge has no neighbour."""
    while not place & 1 and place:
        place, last = place >> 1, last >> 1
    return place, last


def _are_hashes(*values: bytes) -> bool:
    return {*map(len, values)} <= {HASH_BYTES}
