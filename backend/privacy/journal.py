"""The journal of erasures, outside the database and its backups.

A restored backup knows nothing of later erasures: those of the journal that it does not know are
done again before the house is ready.
"""

import os
from pathlib import Path
from typing import Final

import msgspec

from backend.kernel import Snapshot
from backend.privacy import repository
from backend.privacy.model import JournalLine
from backend.privacy.settings import Settings

_FOLDER: Final = "erasure-journal"
_FILE: Final = "erasures.jsonl"
_BATCH: Final = 1000


def file_of(snapshot: Snapshot) -> Path:
    """Return where the journal lies."""
    told = (snapshot.ask_maybe(Settings) or Settings()).journal_dir
    return (Path(told) if told else snapshot.data_dir / _FOLDER) / _FILE


def note(file: Path, line: JournalLine) -> None:
    """Write an erasure down, on the disk when this returns. Before the commit, never after it:
    one that is written and then not done is only done again.
    """
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    with os.fdopen(os.open(file, flags, 0o600), "wb") as opened:
        opened.write(msgspec.json.encode(line) + b"\n")
        opened.flush()
        os.fsync(opened.fileno())


def lines(file: Path) -> list[JournalLine]:
    """Return every erasure that was ever noted; a line cut off by a crash was never done."""
    try:
        raw = file.read_bytes()
    except FileNotFoundError:
        return []
    whole = raw[: raw.rfind(b"\n") + 1]
    return [msgspec.json.decode(line, type=JournalLine) for line in whole.splitlines()]


async def forgotten(snapshot: Snapshot) -> list[JournalLine]:
    """Return the erasures that this database does not know: it is older than they are."""
    found: list[JournalLine] = []
    known = lines(file_of(snapshot))
    for start in range(0, len(known), _BATCH):
        batch = known[start : start + _BATCH]
        unknown = await snapshot.all(repository.UNKNOWN, [line.receipt for line in batch])
        missing = {row.id for row in unknown}
        found += [line for line in batch if line.receipt in missing]
    return found


async def is_replayed(snapshot: Snapshot) -> bool:
    """Tell whether nobody who was erased is back."""
    return not await forgotten(snapshot)
