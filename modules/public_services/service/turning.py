"""Carrying the digests of owners over when their key turns: owners, dossiers, then the old ones.

An owner is known by both digests until the last dossier has the new one.
"""

from collections.abc import Callable, Sequence
from typing import Final
from uuid import UUID

from backend.kernel import Transaction
from contracts.personal_data import Column
from modules.public_services.repository import turning as repository
from modules.public_services.service.tags import OWNER

_STEPS: Final = (repository.know, repository.reindex, repository.forget)
_NOBODY: Final = UUID(int=0)


class OwnerIndex:
    """Provides `contracts.personal_data.IndexKeeper`."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def columns(self) -> Sequence[Column]:
        return (OWNER,)

    async def carry(
        self,
        column: Column,  # noqa: ARG002 - there is one
        after: str,
        carried: Callable[[bytes], bytes],
    ) -> str | None:
        step, _, last = after.partition(" ")
        number = int(step or 0)
        came_to = await _STEPS[number](self._tx, UUID(last) if last else _NOBODY, carried)
        if came_to is not None:
            return f"{number} {came_to}"
        return f"{number + 1}" if number + 1 < len(_STEPS) else None
