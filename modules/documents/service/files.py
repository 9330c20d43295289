"""Finished bytes by their hash: written once, found by whoever knows the hash from a row."""

import os
import secrets
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from backend.kernel import NotFound


def kept(data_dir: Path, raw: bytes) -> bytes:
    """Keep bytes and return their SHA-256. They are on the disk before any row names them."""
    digest = sha256(raw).digest()
    path = _path(data_dir, digest)
    if path.exists():
        return digest
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    return digest


def read(data_dir: Path, digest: bytes) -> bytes:
    """Return the bytes. Raises `NotFound` when they are gone, or are not those any more."""
    try:
        raw = _path(data_dir, digest).read_bytes()
    except OSError as error:
        raise NotFound from error
    if sha256(raw).digest() != digest:
        raise NotFound
    return raw


def drop(data_dir: Path, digest: bytes) -> None:
    """Remove bytes that nobody needs any more."""
    with suppress(FileNotFoundError):
        _path(data_dir, digest).unlink()


def _path(data_dir: Path, digest: bytes) -> Path:
    name = digest.hex()
    return data_dir / "documents" / "sha256" / name[:2] / name[2:4] / name
