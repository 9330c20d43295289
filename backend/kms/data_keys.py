"""A key for each thing that is forgotten as a whole: `contracts.keys.DataKeys`."""

import secrets
from collections.abc import Collection, Iterable
from typing import Final
from uuid import UUID

from backend.kernel import Snapshot, Transaction
from backend.kms import repository
from backend.kms.boundary import NotSealedHere
from backend.kms.opening import kms_of
from backend.kms.repository import Wrapped
from backend.kms.sealing import KEY_BYTES, sealed, unsealed
from contracts.keys import NotOpened

_WRAPS: Final = "data-keys"
"""The secret of the store of keys that wraps all others."""


class KeyOfThing:
    """One thing's key, in memory."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def seal(self, raw: bytes, *, about: str) -> bytes:
        """Return bytes sealed; see `contracts.keys.DataKey`."""
        return sealed(self._key, raw, about=about)

    def open(self, sealed: bytes, *, about: str) -> bytes:
        """Return what was sealed; see `contracts.keys.DataKey`."""
        try:
            return unsealed(self._key, sealed, about=about)
        except NotSealedHere as error:
            raise NotOpened from error


class KeysOfThings:
    """The keys of many things; see `contracts.keys.DataKeys`."""

    def __init__(self, tx: Snapshot) -> None:
        self._tx = tx

    async def given(self, things: Collection[UUID]) -> dict[UUID, KeyOfThing]:
        """Return the key of each, made where there is none yet."""
        tx, known = self._writing(), await self.of(things)
        # In one order, so that two who ask for the same wait for each other in turn.
        missing = sorted(set(things) - known.keys())
        if not missing:
            return known
        kms = kms_of(tx)
        wrapped = [
            kms.wrap(_WRAPS, secrets.token_bytes(KEY_BYTES), about=_about(each)) for each in missing
        ]
        return known | self._unwrapped(await tx.all(repository.KEEP, missing, wrapped))

    async def of(self, things: Collection[UUID]) -> dict[UUID, KeyOfThing]:
        """Return the keys that there are."""
        wanted = list(set(things))
        return self._unwrapped(await self._tx.all(repository.OF, wanted)) if wanted else {}

    async def destroy(self, things: Collection[UUID]) -> None:
        """Forget the keys of these."""
        tx = self._writing()
        await tx.run(repository.DESTROY, list(things), tx.now)

    def _unwrapped(self, rows: Iterable[Wrapped]) -> dict[UUID, KeyOfThing]:
        kms = kms_of(self._tx)
        return {
            each.thing_id: KeyOfThing(kms.unwrap(_WRAPS, each.wrapped, about=_about(each.thing_id)))
            for each in rows
        }

    def _writing(self) -> Transaction:
        if not isinstance(self._tx, Transaction):
            raise TypeError("a snapshot cannot keep a key: ask a Transaction")
        return self._tx


def _about(thing_id: UUID) -> str:
    return f"kms.data_key.wrapped {thing_id}"
