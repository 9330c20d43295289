"""What the module keeps of people: `contracts.personal_data.PersonalData`."""

from collections.abc import Sequence
from typing import ClassVar, Final
from uuid import UUID

import msgspec

from backend.kernel import Transaction
from contracts.personal_data import DataItem, Exported, Hold
from modules.labour_contracts.repository import personal_data as repository

_LAW: Final = "Decree 337/2025/NĐ-CP (term and ten years, unconfirmed)"


class ContractsOfPeople:
    """Provides `PersonalData`. What was signed is held for both sides."""

    module: ClassVar[str] = "labour_contracts"

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def inventory(self) -> Sequence[DataItem]:
        return [
            DataItem(
                table=f"labour_contracts.{table}",
                kind="basic",
                purpose="labour_contracts.keeping",
                basis=_LAW,
                retention="term + P10Y",
            )
            for table in ("contract", "platform_number", "provider_event")
        ]

    async def export(self, person_id: UUID) -> Sequence[Exported]:
        found = await self._tx.all(repository.OF_PERSON, person_id)
        rows = tuple(msgspec.to_builtins(each) for each in found)
        return [Exported(table="labour_contracts.contract", rows=rows)]

    async def holds(self, person_id: UUID) -> Sequence[Hold]:
        found = await self._tx.all(repository.OF_PERSON, person_id)
        if all(each.signed_at is None for each in found):
            return ()
        return (Hold(table="labour_contracts.contract", basis=_LAW, until=None),)

    async def erase(self, person_id: UUID, receipt: UUID) -> None:  # noqa: ARG002 - see `holds`
        await self._tx.run(repository.FORGET, person_id)

    async def merge(self, old_id: UUID, new_id: UUID) -> None:
        for move in (
            repository.MOVE_DRAFTER,
            repository.MOVE_EMPLOYER,
            repository.MOVE_EMPLOYEE,
        ):
            await self._tx.run(move, old_id, new_id)
