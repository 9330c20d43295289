"""Those who sign the log, each with a memory of its own that the database cannot reach.

A signer keeps the size and root of what it signed last in a file, and signs nothing that does not
extend it. Whoever rewrites the tables finds that neither the log nor its witness signs any more.
"""

import os
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeAlias

import msgspec

from backend.transparency.merkle import NotProved, require_consistency
from backend.transparency.notes import Checkpoint

Proof: TypeAlias = Callable[[int, int], Awaitable[Sequence[bytes]]]
"""Gives the consistency proof between two sizes."""


class LogRewritten(Exception):
    """The log is not what this signer has signed before: somebody has rewritten history."""


class Remembered(msgspec.Struct, frozen=True, kw_only=True):
    """What a signer saw last."""

    size: int = 0
    root: bytes = b""


async def require_growth(memory: Path, seen: Checkpoint, proof: Proof) -> None:
    """Return if the checkpoint extends what `memory` holds, and remember it from now on."""
    last = _read(memory)
    if last.size > seen.size:
        raise LogRewritten(f"{memory.stem} has seen {last.size} entries, now there are {seen.size}")
    if last.size:
        hashes = await proof(last.size, seen.size)
        try:
            require_consistency(last.size, seen.size, hashes, last.root, seen.root)
        except NotProved as error:
            raise LogRewritten(f"{memory.stem} cannot find the {last.size} it signed") from error
    _write(memory, Remembered(size=seen.size, root=seen.root))


def _read(memory: Path) -> Remembered:
    try:
        return msgspec.json.decode(memory.read_bytes(), type=Remembered)
    except FileNotFoundError:
        return Remembered()


def _write(memory: Path, seen: Remembered) -> None:
    memory.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = memory.with_suffix(".new")
    with fresh.open("wb") as file:
        file.write(msgspec.json.encode(seen))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(memory)
