"""What notifications know of people, and how it is handed out and erased."""

from collections.abc import Sequence
from typing import ClassVar
from uuid import UUID

from backend.kernel import Transaction
from contracts.personal_data import DataItem, Exported, Hold
from modules.notifications.model.preferences import PURPOSE
from modules.notifications.repository import personal_data as repository

_PERSONAL = (
    ("notifications.message", "person_id"),
    ("notifications.message", "values"),
    ("notifications.message", "email"),
    ("notifications.message", "phone"),
    ("notifications.message", "subject_id"),
    ("notifications.reading", "staff_id"),
    ("notifications.preference", "person_id"),
    ("notifications.preference", "email"),
    ("notifications.device", "person_id"),
    ("notifications.device", "subscription"),
)


class Personal:
    """Provides `contracts.personal_data.PersonalData`."""

    module: ClassVar[str] = "notifications"

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def inventory(self) -> Sequence[DataItem]:
        return [
            DataItem(
                table=table,
                column=column,
                kind="basic",
                purpose=PURPOSE,
                basis="consent",
                retention="P730D",
            )
            for table, column in _PERSONAL
        ]

    async def export(self, person_id: UUID) -> Sequence[Exported]:
        told = await repository.told(self._tx, person_id)
        return [
            Exported(
                table="notifications.message",
                rows=tuple(
                    {
                        "kind": each.kind,
                        "about": each.about,
                        "created_at": each.created_at.isoformat(),
                    }
                    for each in told
                ),
            )
        ]

    async def holds(self, person_id: UUID) -> Sequence[Hold]:  # noqa: ARG002 - nothing is kept by law
        return ()

    async def erase(self, person_id: UUID, receipt: UUID) -> None:  # noqa: ARG002 - nothing stays
        await repository.erase(self._tx, person_id)

    async def merge(self, old_id: UUID, new_id: UUID) -> None:
        await repository.merge(self._tx, old_id, new_id)
