"""What is open with an agency that has ended goes to its heir."""

from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

import msgspec

from backend.kernel import Query, Transaction


class Inherited(msgspec.Struct, frozen=True, kw_only=True):
    """Work that is the heir's from now on."""

    report_id: UUID
    assignment_id: UUID
    is_in_hand: bool
    """Somebody who leads it has to do it still."""


INHERIT: Final = Query(
    Inherited,
    """
    update feedback.assignment
       set owner_agency_id = $2, agency_name = $3
     where owner_agency_id = any ($1)
       and state in ('offered', 'accepted', 'working', 'done')
       and ($4::text[] = '{}' or area_code = any ($4))
    returning report_id, id as assignment_id, role = 'lead' and state <> 'done' as is_in_hand
    """,
)


async def inherit(
    tx: Transaction,
    former: Collection[UUID],
    heir_id: UUID,
    heir_name: str,
    areas: Collection[str],
) -> Sequence[Inherited]:
    """Give the heir what lies in these areas, or all of it when none is named; return it."""
    return await tx.all(INHERIT, sorted(former), heir_id, heir_name, sorted(areas))
