"""A copy of each checkpoint, kept where the database does not reach."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from backend.audit import repository
from backend.audit.repository import Seal
from backend.audit.settings import Settings
from backend.kernel import Snapshot

_FOLDER: Final = "audit-witness"
_FILE: Final = "checkpoints.jsonl"
_TAIL_BYTES: Final = 65_536


class Copied(msgspec.Struct, frozen=True, kw_only=True):
    """A checkpoint as the witness keeps it."""

    size: int
    note: str


def folder(snapshot: Snapshot) -> Path:
    """Return where checkpoints are copied to."""
    settings = snapshot.ask_maybe(Settings) or Settings()
    told = settings.witness_dir
    return Path(told) if told else snapshot.data_dir / _FOLDER


async def copy(snapshot: Snapshot) -> int:
    """Copy the checkpoints that the witness has not seen; return how many those were."""
    file = folder(snapshot) / _FILE
    seals = await snapshot.all(repository.SEALS_AFTER, _last(file))
    if seals:
        _append(file, seals)
    return len(seals)


def copies(folder: Path) -> list[Copied]:
    """Return every checkpoint that the witness has seen, in order."""
    try:
        lines = (folder / _FILE).read_bytes().splitlines()
    except FileNotFoundError:
        return []
    return [msgspec.json.decode(line, type=Copied) for line in lines]


def _last(file: Path) -> int:
    """Return the size that the witness saw last; only the end of the file is read for it."""
    try:
        with file.open("rb") as opened:
            opened.seek(max(0, file.stat().st_size - _TAIL_BYTES))
            lines = opened.read().splitlines()
    except FileNotFoundError:
        return 0
    return msgspec.json.decode(lines[-1], type=Copied).size if lines else 0


def _append(file: Path, seals: Sequence[Seal]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    lines = [msgspec.json.encode(Copied(size=seal.size, note=seal.note)) + b"\n" for seal in seals]
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb") as opened:
        opened.write(b"".join(lines))
        opened.flush()
        os.fsync(opened.fileno())
