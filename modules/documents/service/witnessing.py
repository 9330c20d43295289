"""A witness of its own: it follows the log from outside, reads every entry, and signs what grew.

It believes nothing of the house but the log's public key. It reads the entries themselves, not the
tiles made of them, computes the root, and compares; so an entry that was changed, taken out or put
in before others is found, whatever the tables say.
"""

import os
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Final, TypeAlias

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from backend.transparency import merkle, notes
from backend.transparency.notes import Checkpoint, Verifier
from backend.transparency.tiles import WIDTH
from backend.transparency.watch import LogRewritten

Fetch: TypeAlias = Callable[[str], Awaitable[bytes]]
"""Reads a path below the log's own address."""

_MEMORY: Final = "witness.json"
_KEY: Final = "witness.key"


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """How far the witness has read: the complete subtrees of the entries so far, largest first."""

    size: int = 0
    frontier: tuple[bytes, ...] = ()

    def grown(self, leaf: bytes) -> "Memory":
        """Return the memory with one entry more."""
        hashes, size = [*self.frontier, leaf], self.size
        while size & 1:
            right, left = hashes.pop(), hashes.pop()
            hashes.append(merkle.parent_hash(left, right))
            size >>= 1
        return Memory(size=self.size + 1, frontier=tuple(hashes))

    def root(self) -> bytes:
        """Return the root over all entries so far."""
        if not self.frontier:
            return merkle.EMPTY
        *rest, root = self.frontier
        for left in reversed(rest):
            root = merkle.parent_hash(left, root)
        return root


async def followed(fetch: Fetch, log: Verifier, before: Memory) -> tuple[Checkpoint, Memory]:
    """Read what came since `before`; return what the log states, and the new memory.

    Raises `LogRewritten` unless the entries, old and new, give exactly the root that is signed.
    """
    seen = notes.opened((await fetch("checkpoint")).decode(), log)
    if seen.size < before.size:
        raise LogRewritten(f"the witness has seen {before.size} entries, now there are {seen.size}")
    memory = before
    while memory.size < seen.size:
        number = memory.size // WIDTH
        width = min(WIDTH, seen.size - number * WIDTH)
        entries = _entries(await fetch(f"tile/entries/{_path(number, width)}"))
        for entry in entries[memory.size - number * WIDTH : width]:
            memory = memory.grown(merkle.leaf_hash(entry))
        if memory.size < min(seen.size, (number + 1) * WIDTH):
            raise LogRewritten(f"of the {width} entries in {_path(number, width)} some are missing")
    if memory.root() != seen.root:
        raise LogRewritten("the entries do not give the root that the log has signed")
    return seen, memory


class Witness:
    """A witness with a folder for its key and its memory, made at the first use."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._name = folder, name

    async def sign(self, fetch: Fetch, log: Verifier, now: datetime) -> str:
        """Return our line below what the log states. Raises `LogRewritten`, and signs nothing."""
        seen, memory = await followed(fetch, log, self.memory())
        self._keep(_MEMORY, msgspec.json.encode(memory))
        return notes.cosignature(seen, self._name, self._key(), int(now.timestamp()))

    def memory(self) -> Memory:
        """Return how far this witness has read."""
        try:
            raw = (self._folder / _MEMORY).read_bytes()
        except FileNotFoundError:
            return Memory()
        return msgspec.json.decode(raw, type=Memory)

    def vkey(self) -> str:
        """Return the key by which others know this witness."""
        return Verifier(self._name, notes.public_bytes(self._key()), is_witness=True).vkey()

    def _key(self) -> Ed25519PrivateKey:
        path = self._folder / _KEY
        if not path.exists():
            self._keep(_KEY, Ed25519PrivateKey.generate().private_bytes_raw())
        return Ed25519PrivateKey.from_private_bytes(path.read_bytes())

    def _keep(self, name: str, raw: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = self._folder / f"{name}.new"
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        with os.fdopen(os.open(fresh, flags, 0o600), "wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._folder / name)


def _path(number: int, width: int) -> str:
    """Return the address of a tile (C2SP tlog-tiles)."""
    groups = [f"{number % 1000:03}"]
    while number := number // 1000:
        groups.insert(0, f"x{number % 1000:03}")
    whole = "/".join(groups)
    return whole if width == WIDTH else f"{whole}.p/{width}"


def _entries(raw: bytes) -> list[bytes]:
    found: list[bytes] = []
    while raw:
        length = int.from_bytes(raw[:2], "big")
        found.append(raw[2 : 2 + length])
        raw = raw[2 + length :]
    return found
