"""What this module keeps of people: `contracts.personal_data.PersonalData`."""

from collections.abc import Sequence
from typing import ClassVar, Final
from uuid import UUID

from backend.kernel import Snapshot, Transaction
from contracts.personal_data import DataItem, Exported, Hold
from modules.public_services.repository import personal_data as repository

_OWN: Final = "public_services.own-dossiers"


def _item(table: str, retention: str, basis: str = "consent", column: str = "*") -> DataItem:
    return DataItem(
        table=f"public_services.{table}",
        column=column,
        kind="basic",
        purpose="public_services.favourites" if table == "favourite" else _OWN,
        basis=basis,
        retention=retention,
    )


_ITEMS: Final = (
    _item("dossier", "P2Y after the dossier ended", "NĐ 118/2025/NĐ-CP", "owner_index"),
    _item("dossier_owner", "until the account is erased"),
    _item("dossier_watch", "P30D after the dossier ended"),
    _item("dossier_rating", "P2Y after the dossier ended"),
    _item("favourite", "until it is dropped"),
)


class PeoplesRows:
    """Provides `PersonalData`. No name, number or phone is among it: only whose rows they are."""

    module: ClassVar[str] = "public_services"

    def __init__(self, tx: Snapshot) -> None:
        self._tx = tx

    def inventory(self) -> Sequence[DataItem]:
        return _ITEMS

    async def export(self, person_id: UUID) -> Sequence[Exported]:
        found = await repository.export(self._tx, person_id)
        return [
            Exported(table=f"public_services.{each.name}", rows=tuple(each.rows)) for each in found
        ]

    async def holds(self, person_id: UUID) -> Sequence[Hold]:  # noqa: ARG002 - there are none
        return ()

    async def erase(self, person_id: UUID, receipt: UUID) -> None:  # noqa: ARG002 - leaves nothing
        """Erase what is kept; of a rating the level stays, and nobody knows whose it was."""
        await repository.erase(self._writing(), person_id)

    async def merge(self, old_id: UUID, new_id: UUID) -> None:
        await repository.merge(self._writing(), old_id, new_id)

    def _writing(self) -> Transaction:
        if not isinstance(self._tx, Transaction):
            raise TypeError("ask a Transaction")
        return self._tx
