"""Sealing and opening single fields: `contracts.personal_data.Vault`."""

from collections.abc import Mapping
from uuid import UUID

from backend.identity.people import repository
from backend.identity.people.keys import UNWRAPPED, fresh, kek, open_field, seal_field, wrapping
from backend.identity.people.looking import line
from backend.kernel import Snapshot, Transaction
from backend.kms import kms_of
from contracts.personal_data import Column, Look, SubjectErased, Unopenable


class SubjectVault:
    """One key for each person or anonymous contact."""

    def __init__(self, tx: Snapshot) -> None:
        self._tx = tx

    async def seal(
        self, subject_id: UUID, values: Mapping[Column, str], *, purpose: str
    ) -> dict[Column, bytes]:
        """Return the values sealed; see `contracts.personal_data.Vault`."""
        look = Look(subject_id=subject_id, purpose=purpose, fields=_names(values), action="write")
        key = await self._key(look) or await self._given(look)
        return {
            column: seal_field(key, subject_id, column, text) for column, text in values.items()
        }

    async def open(self, look: Look, sealed: Mapping[Column, bytes]) -> dict[Column, str]:
        """Return what was sealed; see `contracts.personal_data.Vault`."""
        key = await self._key(look, fields=look.fields or _names(sealed))
        if key is None:
            raise Unopenable(look.subject_id)
        return {
            column: open_field(key, look.subject_id, column, value)
            for column, value in sealed.items()
        }

    async def destroy(self, subject_id: UUID) -> None:
        """Forget the key of an anonymous contact."""
        await self._writing().run(repository.DESTROY_KEY, subject_id, self._tx.now)

    async def _key(self, look: Look, fields: tuple[str, ...] = ()) -> bytes | None:
        """Borrow the subject's key, which leaves a line; None when there never was one."""
        said = line(self._tx, look)
        if said is not None and fields:
            said["fields"] = list(fields)
        lent = await self._tx.maybe(repository.LEND_KEY, look.subject_id, said, self._tx.now)
        if lent is None:
            return None
        if lent.wrapped is None:
            raise SubjectErased(look.subject_id)
        return UNWRAPPED.key(kms_of(self._tx), look.subject_id, lent.wrapped, lent.kek_epoch)

    async def _given(self, look: Look) -> bytes:
        """Give the subject a key, and borrow it: another transaction may have given one first."""
        tx = self._writing()
        epoch = (await tx.one(repository.EPOCH)).number
        about = wrapping(look.subject_id)
        wrapped = kms_of(tx).wrap(kek(epoch), fresh(), about=about)
        await tx.run(repository.KEEP_KEY, look.subject_id, wrapped, epoch)
        key = await self._key(look)
        if key is None:
            raise LookupError("a key was kept and is not there")
        return key

    def _writing(self) -> Transaction:
        if not isinstance(self._tx, Transaction):
            raise TypeError("a snapshot cannot keep a key: ask a Transaction")
        return self._tx


def _names(values: Mapping[Column, object]) -> tuple[str, ...]:
    return tuple(column.rpartition(".")[2].removesuffix("_enc") for column in values)
