"""What the module keeps of people: `contracts.personal_data.PersonalData`."""

from collections.abc import Sequence
from typing import ClassVar, Final
from uuid import UUID

import msgspec

from backend.kernel import Transaction
from contracts.personal_data import DataItem, Exported, Hold
from modules.transcripts.repository import personal_data as repository
from modules.transcripts.service import closing

_LAW: Final = "Thông tư 15/2026/TT-BGDĐT (school records are kept for ever, unconfirmed)"


class PupilsRecords:
    """Provides `PersonalData`. A school record is held by law; a merged person keeps theirs."""

    module: ClassVar[str] = "transcripts"

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def inventory(self) -> Sequence[DataItem]:
        return [
            DataItem(
                table=f"transcripts.{table}",
                kind="basic",
                purpose="transcripts.keeping",
                basis=_LAW,
                retention="for ever",
            )
            for table in ("record", "confirmation")
        ]

    async def export(self, person_id: UUID) -> Sequence[Exported]:
        found = await closing.opened(self._tx, await self._tx.all(repository.OF_PUPIL, person_id))
        rows = tuple(
            {
                "school_year": each.content.school_year,
                "content": msgspec.to_builtins(each.content),
            }
            for each in found
        )
        return [Exported(table="transcripts.record", rows=rows)]

    async def holds(self, person_id: UUID) -> Sequence[Hold]:
        if not await self._tx.all(repository.OF_PUPIL, person_id):
            return ()
        return (Hold(table="transcripts.record", basis=_LAW, until=None),)

    async def erase(self, person_id: UUID, receipt: UUID) -> None:
        """Erase nothing: all of it is held."""

    async def merge(self, old_id: UUID, new_id: UUID) -> None:
        await self._tx.run(repository.MOVE, old_id, new_id)
