"""What the desk itself keeps of people: `contracts.personal_data.PersonalData`."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from backend.kernel import Transaction
from backend.privacy import repository
from backend.privacy.requests import NOTE, PURPOSE
from contracts.personal_data import DataItem, Exported, Hold, Look, Vault

_LAW: Final = "Law 91/2025/QH15: proof that a request was answered"


class DeskData:
    """Requests, holds, archives and erasures."""

    module = "privacy"

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def inventory(self) -> Sequence[DataItem]:
        """Return what the desk keeps."""
        kept = {"request": "P5Y", "hold": "P5Y", "export": "P1D", "erasure": "P5Y"}
        return [
            DataItem(
                table=f"privacy.{table}",
                kind="basic",
                purpose=PURPOSE,
                basis=_LAW,
                retention=retention,
            )
            for table, retention in kept.items()
        ]

    async def export(self, person_id: UUID) -> Sequence[Exported]:
        """Return the person's requests, with what they wrote."""
        rows: list[dict[str, Any]] = []
        for kept in await self._tx.all(repository.ROWS_OF, person_id):
            row: dict[str, Any] = {
                "code": kept.code,
                "kind": kept.kind,
                "state": kept.state,
                "received_at": kept.received_at.isoformat(),
                "outcome": kept.outcome,
                "refusal_law": kept.refusal_law,
            }
            if kept.note_enc is not None:
                look = Look(subject_id=person_id, purpose="privacy.export")
                opened = await self._tx.ask(Vault).open(look, {NOTE: kept.note_enc})
                row["note"] = opened[NOTE]
            rows.append(row)
        return [Exported(table="privacy.request", rows=tuple(rows))]

    async def holds(self, person_id: UUID) -> Sequence[Hold]:  # noqa: ARG002 - it names nobody
        """Return nothing: that there was a request stays, without what it said."""
        return ()

    async def erase(self, person_id: UUID, receipt: UUID) -> None:  # noqa: ARG002 - see above
        """Erase what people wrote, and their archives."""
        await self._tx.run(repository.FORGET_NOTES, person_id)
        await self._tx.run(repository.FORGET_EXPORTS, person_id)

    async def merge(self, old_id: UUID, new_id: UUID) -> None:
        """Let requests and holds be the other person's, and what they wrote sealed with their key.

        Archives were for a session that has ended; so were erasures that had not begun.
        """
        vault = self._tx.ask(Vault)
        look = Look(subject_id=old_id, purpose="privacy.merge")
        for kept in await self._tx.all(repository.NOTES_OF, old_id):
            opened = await vault.open(look, {NOTE: kept.note_enc})
            sealed = await vault.seal(new_id, opened, purpose=look.purpose)
            await self._tx.run(repository.KEEP_NOTE, kept.id, sealed[NOTE])
        await self._tx.run(repository.FORGET_EXPORTS, old_id)
        await self._tx.run(repository.MOVE_REQUESTS, old_id, new_id)
        await self._tx.run(repository.MOVE_HOLDS, old_id, new_id)
        await self._tx.run(repository.DROP_ERASURE, old_id, self._tx.now)
        await self._tx.run(repository.MOVE_ERASURES, old_id, new_id)
