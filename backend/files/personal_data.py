"""What the store itself knows of senders: for a day, until a module claims what they sent."""

from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar, Final
from uuid import UUID

from backend.kernel import Statement, Transaction
from contracts.personal_data import DataItem, Exported, Hold

_PURPOSE: Final = "files.sending"

# The timetable takes what is a day old, objects first; where it was taken goes at once.
AGE = Statement("""
    update files.file
       set received_at = $2, taken_at = null, lat = null, lon = null
     where owner_id = $1 and about is null
""")
FORGET = Statement("delete from files.allowance where owner_id = $1")
MOVE = Statement("update files.file set owner_id = $2 where owner_id = $1")
MOVE_UPLOADS = Statement("update files.upload set owner_id = $2 where owner_id = $1")
COUNT_TOGETHER = Statement("""
    insert into files.allowance as counted (owner_id, day, files, bytes)
    select $2, day, files, bytes
      from files.allowance
     where owner_id = $1
        on conflict (owner_id, day) do update
       set files = counted.files + excluded.files,
           bytes = counted.bytes + excluded.bytes
""")


class SentFiles:
    """Provides `PersonalData`. Claimed files are told of by the module that claimed them."""

    module: ClassVar[str] = "files"

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def inventory(self) -> Sequence[DataItem]:
        return [
            DataItem(
                table=f"files.{table}",
                kind="basic",
                purpose=_PURPOSE,
                basis="contract",
                retention="PT24H",
            )
            for table in ("file", "upload", "allowance")
        ]

    async def export(self, person_id: UUID) -> Sequence[Exported]:  # noqa: ARG002 - see the class
        return ()

    async def holds(self, person_id: UUID) -> Sequence[Hold]:  # noqa: ARG002 - there are none
        return ()

    async def erase(self, person_id: UUID, receipt: UUID) -> None:  # noqa: ARG002 - leaves nothing
        await self._tx.run(AGE, person_id, self._tx.now - timedelta(days=2))
        await self._tx.run(FORGET, person_id)

    async def merge(self, old_id: UUID, new_id: UUID) -> None:
        await self._tx.run(MOVE, old_id, new_id)
        await self._tx.run(MOVE_UPLOADS, old_id, new_id)
        await self._tx.run(COUNT_TOGETHER, old_id, new_id)
        await self._tx.run(FORGET, old_id)
