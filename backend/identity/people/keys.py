"""One key for each subject, wrapped by the key of an epoch that lies outside the database."""

import secrets
import time
from collections import OrderedDict
from typing import Final
from uuid import UUID

from backend.kms import Kms, NotSealedHere, sealed, unsealed
from backend.kms.sealing import KEY_BYTES
from contracts.personal_data import Column, Unopenable

UNWRAPPED_SECONDS: Final = 600.0
"""How long a process keeps a key that it has unwrapped, at most."""

_UNWRAPPED_MAX: Final = 10_000
_VERSION: Final = 1


class Unwrapped:
    """The keys that this process has unwrapped lately, by what they were wrapped as.

    Whoever opens something borrows the wrapped key from the database first, every time: a key that
    was destroyed, or a look that leaves no line, finds nothing here.
    """

    def __init__(self) -> None:
        self._keys: OrderedDict[bytes, tuple[float, bytes]] = OrderedDict()

    def key(self, kms: Kms, subject_id: UUID, wrapped: bytes, epoch: int) -> bytes:
        """Return the subject's key."""
        now = time.monotonic()
        known = self._keys.get(wrapped)
        if known is not None and now < known[0]:
            return known[1]
        key = kms.unwrap(kek(epoch), wrapped, about=wrapping(subject_id))
        self._keys[wrapped] = now + UNWRAPPED_SECONDS, key
        self._keys.move_to_end(wrapped)
        while self._keys and (
            len(self._keys) > _UNWRAPPED_MAX or next(iter(self._keys.values()))[0] <= now
        ):
            self._keys.popitem(last=False)
        return key


UNWRAPPED: Final = Unwrapped()


def kek(epoch: int) -> str:
    """Return the name of the secret that wraps keys in an epoch."""
    return f"kek-{epoch}"


def wrapping(subject_id: UUID) -> str:
    """Return what a subject's key is wrapped as."""
    return f"subject_key|{subject_id}"


def fresh() -> bytes:
    """Return a new key for a subject."""
    return secrets.token_bytes(KEY_BYTES)


def seal_field(key: bytes, subject_id: UUID, column: Column, text: str) -> bytes:
    """Return a value sealed for its column of its subject."""
    return sealed(key, text.encode(), about=_about(column, subject_id))


def open_field(key: bytes, subject_id: UUID, column: Column, value: bytes) -> str:
    """Return what was sealed. Raises `Unopenable`."""
    try:
        return unsealed(key, value, about=_about(column, subject_id)).decode()
    except NotSealedHere as error:
        raise Unopenable(column) from error


def _about(column: Column, subject_id: UUID) -> str:
    table, _, name = column.rpartition(".")
    return f"{table}|{name}|{subject_id}|{_VERSION}"
