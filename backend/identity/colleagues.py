"""What other modules ask of officers (`contracts.identity.Officers`)."""

from collections.abc import Collection, Mapping
from typing import Final
from uuid import UUID

import msgspec

from backend.kernel import Query, Snapshot


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """Whether there is such an officer."""

    works: bool


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """An officer, and what colleagues call them."""

    id: UUID
    name: str


WORKS: Final = Query(Found, "select identity.works_in($1, $2, $3, $4) as works")
NAMES: Final = Query(Named, "select id, name from identity.names_of($1)")


class Colleagues:
    """Answers from the roles that are held now, in the asking transaction."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    async def work_in(self, staff_id: UUID, agency_id: UUID, *, roles: Collection[str]) -> bool:
        """Tell whether the officer holds one of these roles in the agency now."""
        now = self._snapshot.now
        found = await self._snapshot.one(WORKS, staff_id, agency_id, sorted(roles), now)
        return found.works

    async def names(self, staff_ids: Collection[UUID]) -> Mapping[UUID, str]:
        """Return what these officers are called, as far as there are such."""
        if not staff_ids:
            return {}
        return {one.id: one.name for one in await self._snapshot.all(NAMES, sorted(staff_ids))}
