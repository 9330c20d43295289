"""Finished bytes by their hash, closed with the key of their document: written once.

What was written before documents had keys lies open in a folder of its own, until it is closed.
"""

import os
import secrets
from hashlib import sha256
from pathlib import Path
from typing import Final

from backend.kernel import NotFound
from contracts.keys import DataKey, NotOpened

OPEN: Final = "sha256"
CLOSED: Final = "closed"
FOLDERS: Final = (OPEN, CLOSED)


def kept(data_dir: Path, raw: bytes, key: DataKey) -> bytes:
    """Keep bytes and return their SHA-256. They are on the disk before any row names them."""
    digest = sha256(raw).digest()
    path = _path(data_dir, CLOSED, digest)
    if path.exists():
        path.touch()  # so that a sweep leaves it to the row that is about to name it
        return digest
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(key.seal(raw, about=_about(digest)))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    return digest


def read(data_dir: Path, digest: bytes, key: DataKey | None) -> bytes:
    """Return the bytes. Raises `NotFound` when they are gone, or are not those any more.

    Without a key, they are looked for where they lay open.
    """
    try:
        if key is None:
            raw = _path(data_dir, OPEN, digest).read_bytes()
        else:
            raw = key.open(_path(data_dir, CLOSED, digest).read_bytes(), about=_about(digest))
    except (OSError, NotOpened) as error:
        raise NotFound from error
    if sha256(raw).digest() != digest:
        raise NotFound
    return raw


def drop(data_dir: Path, folder: str, digest: bytes) -> None:
    """Remove bytes that nobody needs any more."""
    _path(data_dir, folder, digest).unlink(missing_ok=True)


def listed(data_dir: Path, folder: str, part: str, before: float) -> list[bytes]:
    """Return what a part of a folder holds that was written before a moment, by its hash.

    What was being written when a process died, so long ago, is removed.
    """
    found: list[bytes] = []
    for path in (data_dir / "documents" / folder / part).glob("*/*"):
        if path.stat().st_mtime >= before:
            continue
        if path.suffix:
            path.unlink(missing_ok=True)
        else:
            found.append(bytes.fromhex(path.name))
    return found


def _about(digest: bytes) -> str:
    return f"documents.file {digest.hex()}"


def _path(data_dir: Path, folder: str, digest: bytes) -> Path:
    name = digest.hex()
    return data_dir / "documents" / folder / name[:2] / name[2:4] / name
