"""Keyed digests, so that the database compares what it never learns.

A small boundary: whoever holds the house's index of personal numbers takes its place.
"""

import hmac
import os
import re
import secrets
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Final

from backend.kernel import Snapshot

_FILE: Final = Path("keys") / "dossiers.key"
_KEY_BYTES: Final = 32
_CHARACTERS: Final = 6
_NOT_PLAIN: Final = re.compile(r"[^0-9A-Z]")


class Tags:
    """HMAC-SHA-256 (RFC 2104) with a key that lies outside the database and its backups."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def proof(self, code: str, factor: str) -> bytes:
        """Return the digest of a dossier's code and the last six characters of a proof."""
        return self._digest("proof", code, _plain(factor)[-_CHARACTERS:])

    def owner(self, number: str) -> bytes:
        """Return the digest by which a dossier knows whose it is."""
        return self._digest("owner", _plain(number))

    def nobody(self) -> bytes:
        """Return a digest that no dossier has, at the cost of one that it might."""
        return self._digest("proof", "", secrets.token_hex(_CHARACTERS))

    def _digest(self, *parts: str) -> bytes:
        return hmac.digest(self._key, "\n".join(parts).encode(), sha256)


def _plain(text: str) -> str:
    return _NOT_PLAIN.sub("", text.upper())


def proves(text: str) -> bool:
    """Tell whether a number is long enough to prove anything by its end."""
    return len(_plain(text)) >= _CHARACTERS


_known: dict[Path, Tags] = {}


def tags_of(snapshot: Snapshot) -> Tags:
    """Return the digests of this installation; its key is made on the first run."""
    file = snapshot.data_dir / _FILE
    if file not in _known:
        _known[file] = Tags(_key_in(file))
    return _known[file]


def _key_in(file: Path) -> bytes:
    if not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as writing:
            writing.write(secrets.token_bytes(_KEY_BYTES))
            writing.flush()
            os.fsync(writing.fileno())
        with suppress(FileExistsError):
            file.hardlink_to(draft)  # whole or not at all, so nobody reads half a key
        draft.unlink()
    return file.read_bytes()
