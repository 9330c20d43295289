"""What other modules ask of the ledger (`contracts.identity.Consents`)."""

from uuid import UUID

from backend.identity.consents import repository
from backend.kernel import Snapshot


class Ledger:
    """Answers from the live rows, in the asking transaction."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    async def check(self, person_id: UUID, *, purpose: str, recipient: str) -> bool:
        """Tell whether the person agrees now that this recipient reads for this purpose."""
        found = await self._snapshot.one(
            repository.HOLDS, person_id, purpose, recipient, self._snapshot.now
        )
        return found.is_held
