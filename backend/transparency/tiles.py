"""Tiles of a log (C2SP tlog-tiles): 256 hashes each, so that reading never depends on the size.

Tile `n` of level `l` holds the hashes of complete subtrees of `256^l` leaves, from number `256·n`
on. A hash between two levels is computed from one tile.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Final, TypeAlias

from backend.transparency.merkle import HASH_BYTES, Range, complete, parent_hash

WIDTH: Final = 256
HEIGHT: Final = 8
_GROUPS: Final = re.compile(r"(?:x[0-9]{3}/){0,5}[0-9]{3}(?:\.p/[1-9][0-9]{0,2})?\Z")

Place: TypeAlias = tuple[int, int]
"""A tile: its level and its number."""


def places(spans: Iterable[Range]) -> set[Place]:
    """Return the tiles that are needed to hash these ranges of leaves."""
    return {
        (level // HEIGHT, (index << (level % HEIGHT)) // WIDTH)
        for span in spans
        for level, index in complete(span)
    }


def reader(tiles: Mapping[Place, bytes]) -> Callable[[int, int], bytes]:
    """Return what gives the hash of a complete subtree out of these tiles, reckoned once each."""

    @cache
    def node(level: int, index: int) -> bytes:
        if level % HEIGHT == 0:
            number, place = divmod(index, WIDTH)
            return _hash(tiles[level // HEIGHT, number], place)
        return parent_hash(node(level - 1, 2 * index), node(level - 1, 2 * index + 1))

    return node


def _hash(tile: bytes | bytearray, place: int) -> bytes:
    found = bytes(tile[place * HASH_BYTES : (place + 1) * HASH_BYTES])
    if len(found) != HASH_BYTES:
        raise LookupError("the tile is not that wide")
    return found


def edge(size: int) -> set[Place]:
    """Return the unfinished tiles of a log of `size` entries: those that an entry more changes."""
    found: set[Place] = set()
    level, hashes = 0, size
    while hashes:
        if hashes % WIDTH:
            found.add((level, hashes // WIDTH))
        level, hashes = level + 1, hashes // WIDTH
    return found


def extended(
    size: int, tiles: Mapping[Place, bytes], leaves: Iterable[bytes]
) -> dict[Place, bytes]:
    """Return the tiles that change when these leaf hashes follow `size` others.

    `tiles` holds those of `edge(size)`.
    """
    changed = {place: bytearray(tile) for place, tile in tiles.items()}
    for number, leaf in enumerate(leaves, size):
        _append(changed, 0, number, leaf)
    return {place: bytes(tile) for place, tile in changed.items()}


def _append(tiles: dict[Place, bytearray], level: int, number: int, found: bytes) -> None:
    place = (level, number // WIDTH)
    tile = tiles.setdefault(place, bytearray())
    tile += found
    if len(tile) == WIDTH * HASH_BYTES:
        _append(tiles, level + 1, place[1], _folded(_hash(tile, n) for n in range(WIDTH)))


def _folded(hashes: Iterable[bytes]) -> bytes:
    row = list(hashes)
    while len(row) > 1:
        row = [parent_hash(*row[place : place + 2]) for place in range(0, len(row), 2)]
    return row[0]


def parsed(path: str) -> tuple[int, int] | None:
    """Return number and width of a tile's address such as `x001/067` or `003.p/12`, or None."""
    if not _GROUPS.match(path):
        return None
    whole, _, part = path.partition(".p/")
    width = int(part) if part else WIDTH
    number = int(whole.replace("x", "").replace("/", ""))
    return None if width > WIDTH or (part and width == WIDTH) else (number, width)
