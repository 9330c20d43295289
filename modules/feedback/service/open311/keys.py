"""The keys of programs: shown once, known by a digest."""

import secrets
from typing import Final
from uuid import UUID

from backend.kernel import NotFound, Snapshot, Transaction
from contracts.keys import SecretKeys
from contracts.page import Page
from modules.feedback.model.open311 import Key, MadeKey, NewKey, Params, word
from modules.feedback.repository import open311 as repository

KEY: Final = "feedback-open311"


async def key_of(snapshot: Snapshot, params: Params) -> Key | None:
    """Return the program whose key was sent; None without one that is known."""
    shown = word(params.get("api_key"))
    if shown is None:
        return None
    return await repository.find(snapshot, _mac(snapshot, shown))


async def make_key(tx: Transaction, new: NewKey) -> MadeKey:
    """Give a program a key, which is shown this once."""
    key = secrets.token_urlsafe(32)
    return MadeKey(id=await repository.add(tx, new, _mac(tx, key)), key=key)


async def keys(snapshot: Snapshot, cursor: str | None, limit: int) -> Page[Key]:
    """Return the programs that have a key."""
    return await repository.keys(snapshot, cursor, limit)


async def disable_key(tx: Transaction, key_id: UUID) -> None:
    """Take a program's key away. Raises `NotFound`."""
    if not await repository.disable(tx, key_id):
        raise NotFound


def _mac(snapshot: Snapshot, key: str) -> bytes:
    return snapshot.ask(SecretKeys).mac(KEY, key.encode())
