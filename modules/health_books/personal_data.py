"""What the module keeps of people: `contracts.personal_data.PersonalData`."""

from collections.abc import Sequence
from typing import ClassVar, Final
from uuid import UUID

import msgspec

from backend.kernel import Transaction
from contracts.personal_data import DataItem, Exported, Hold
from modules.health_books.repository import personal_data as repository
from modules.health_books.scopes import CARE

_LAW: Final = "Thông tư 33/2025/TT-BYT"


class HealthBooks:
    """Provides `PersonalData`. A health book is held by law until ten years after its end."""

    module: ClassVar[str] = "health_books"

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def inventory(self) -> Sequence[DataItem]:
        return [
            DataItem(
                table=f"health_books.{table}",
                kind="sensitive",
                purpose=CARE,
                basis=_LAW,
                retention="P10Y after death",
            )
            for table in ("visit", "item")
        ]

    async def export(self, person_id: UUID) -> Sequence[Exported]:
        found = await self._tx.all(repository.OF_PERSON, person_id)
        rows = tuple(msgspec.to_builtins(each) for each in found)
        return [Exported(table="health_books.visit", rows=rows)]

    async def holds(self, person_id: UUID) -> Sequence[Hold]:
        if not await self._tx.all(repository.OF_PERSON, person_id):
            return ()
        return tuple(
            Hold(table=f"health_books.{table}", basis=_LAW, until=None)
            for table in ("visit", "item")
        )

    async def erase(self, person_id: UUID, receipt: UUID) -> None:
        """Erase nothing: all of it is held."""

    async def merge(self, old_id: UUID, new_id: UUID) -> None:
        await self._tx.run(repository.MOVE_VISITS, old_id, new_id)
        await self._tx.run(repository.MOVE_ITEMS, old_id, new_id)
