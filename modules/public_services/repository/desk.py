"""Dossiers as the desk finds them: by the end of a code."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec

from backend.kernel import Query, Snapshot
from modules.public_services.model.dossiers import Dossier
from modules.public_services.repository.dossiers import COLUMNS, Shown

_MOST: Final = 20

# What the database shows from now on, to an officer and until the transaction ends.
SHOW = Query(Shown, "select set_config('public_services.desk_ending', $1, true) as shown")

ENDING = Query(
    Dossier,
    f"""
    select {COLUMNS}
      from public_services.dossier
     where ending = right($1, 6)
       and right(code, length($1)) = $1
     order by status_at desc, id desc
     limit $2
    """,
)


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """Who is told that somebody looked."""

    dossier_id: UUID
    person_id: UUID


HOLDERS = Query(
    Holder,
    """
    select dossier.id as dossier_id, whose.person_id
      from public_services.dossier
      join public_services.dossier_owner as whose on whose.owner_index = dossier.owner_index
     where dossier.id = any($1::uuid[])
     limit 200
    """,
)


async def ending(snapshot: Snapshot, text: str) -> Sequence[Dossier]:
    """Return the dossiers whose code ends so, those that moved last first; twenty at most."""
    await snapshot.one(SHOW, text)
    return await snapshot.all(ENDING, text, _MOST)


async def holders(snapshot: Snapshot, ids: Sequence[UUID]) -> Sequence[Holder]:
    return await snapshot.all(HOLDERS, ids)
