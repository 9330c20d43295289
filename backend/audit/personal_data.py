"""The log itself as personal data: handed out whole, and kept, for it is others' doings too."""

from collections.abc import Sequence
from typing import ClassVar, Final
from uuid import UUID

import msgspec

from backend.audit.repository import Line
from backend.kernel import Query, Transaction
from contracts.personal_data import DataItem, Exported, Hold

_LAW: Final = "Law 91/2025/QH15: who has looked at whose data"

OF_PERSON = Query(
    Line,
    """
    select id, at, person_id, actor_kind, actor_agency, actor_client, action, purpose, basis,
           about, fields
      from audit.event
     where person_id = $1
     order by at, id
     limit 100000
    """,
)


class LogData:
    """Provides `PersonalData`. Lines name nobody, and stay: proofs of others hang on them."""

    module: ClassVar[str] = "audit"

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def inventory(self) -> Sequence[DataItem]:
        return [
            DataItem(
                table="audit.event",
                kind="basic",
                purpose="audit.accountability",
                basis=_LAW,
                retention="P5Y",
            )
        ]

    async def export(self, person_id: UUID) -> Sequence[Exported]:
        lines = await self._tx.all(OF_PERSON, person_id)
        rows = tuple(msgspec.to_builtins(line) for line in lines)
        return [Exported(table="audit.event", rows=rows)]

    async def holds(self, person_id: UUID) -> Sequence[Hold]:  # noqa: ARG002 - it names nobody
        return ()

    async def erase(self, person_id: UUID, receipt: UUID) -> None:
        """Keep the lines: an id that leads to nobody, and what was done by whom."""

    async def merge(self, old_id: UUID, new_id: UUID) -> None:
        """Keep the lines: a log is never rewritten."""
