"""What the module keeps of people: `contracts.personal_data.PersonalData`."""

from collections.abc import Sequence
from typing import ClassVar, Final
from uuid import UUID

import msgspec

from backend.kernel import Transaction
from contracts.keys import DataKeys
from contracts.personal_data import DataItem, Exported, Hold
from modules.health_books.repository import openings, own
from modules.health_books.repository import personal_data as repository
from modules.health_books.scopes import CARE
from modules.health_books.service import closing
from modules.health_books.service import own as entries
from modules.health_books.service.openings import opened

_LAW: Final = "Thông tư 33/2025/TT-BYT"


class HealthBooks:
    """Provides `PersonalData`. A health book is held by law until ten years after its end."""

    module: ClassVar[str] = "health_books"

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def inventory(self) -> Sequence[DataItem]:
        kept = {
            "visit": (_LAW, "P10Y after death"),
            "item": (_LAW, "P10Y after death"),
            "opening": (_LAW, "P10Y after death"),
            "message": (_LAW, "until it is filed, in seconds"),
            "own_entry": ("consent", "until its person erases it"),
        }
        return [
            DataItem(
                table=f"health_books.{table}",
                kind="sensitive",
                purpose=CARE,
                basis=basis,
                retention=retention,
            )
            for table, (basis, retention) in kept.items()
        ]

    async def export(self, person_id: UUID) -> Sequence[Exported]:
        items = await self._tx.all(repository.ITEMS, person_id)
        said = await closing.opened(self._tx, items)
        rows = tuple(
            {
                "encounter_id": visit.encounter_id,
                "filed_at": visit.filed_at.isoformat(),
                "items": [each.body for each in said if each.visit_id == visit.id],
            }
            for visit in await self._tx.all(repository.OF_PERSON, person_id)
        )
        found = await self._tx.all(openings.EXPORTED, person_id)
        keys = await self._tx.ask(DataKeys).of([each.id for each in found])
        told = tuple(msgspec.to_builtins(each) for each in opened(found, keys))
        return [
            Exported(table="health_books.visit", rows=rows),
            Exported(table="health_books.opening", rows=told),
            await self._own(person_id),
        ]

    async def _own(self, person_id: UUID) -> Exported:
        rows = await self._tx.all(own.EXPORTED, person_id)
        keys = await self._tx.ask(DataKeys).of([each.id for each in rows])
        told = tuple(msgspec.to_builtins(each) for each in entries.opened(rows, keys))
        return Exported(table="health_books.own_entry", rows=told)

    async def holds(self, person_id: UUID) -> Sequence[Hold]:
        if not await self._tx.all(repository.OF_PERSON, person_id):
            return ()
        return tuple(
            Hold(table=f"health_books.{table}", basis=_LAW, until=None)
            for table in ("visit", "item")
        )

    async def erase(self, person_id: UUID, receipt: UUID) -> None:  # noqa: ARG002 - nothing stays
        """Erase what the person has written alone; the rest is held."""
        await entries.erase(self._tx, person_id)

    async def merge(self, old_id: UUID, new_id: UUID) -> None:
        await self._tx.run(repository.MOVE_VISITS, old_id, new_id)
        await self._tx.run(repository.MOVE_ITEMS, old_id, new_id)
        await self._tx.run(openings.MOVE, old_id, new_id)
        await self._tx.run(own.MOVE, old_id, new_id)
