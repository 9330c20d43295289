"""Whom the desk protects: `contracts.personal_data.LegalHolds`."""

from collections.abc import Collection
from uuid import UUID

from backend.kernel import Snapshot
from backend.privacy import repository


class DeskHolds:
    """The holds of this installation's desk."""

    def __init__(self, tx: Snapshot) -> None:
        self._tx = tx

    async def of(self, people: Collection[UUID], module: str) -> frozenset[UUID]:
        """Return those of whom nothing may be erased; see `contracts.personal_data.LegalHolds`."""
        tx = self._tx
        found = await tx.all(repository.HELD_PEOPLE, list(people), module, tx.today)
        return frozenset(each.person_id for each in found)
