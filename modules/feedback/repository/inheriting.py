"""What is open with an agency that has ended goes to its heir."""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from backend.kernel import Statement, Transaction

INHERIT: Final = Statement("""
    update feedback.assignment
       set owner_agency_id = $2, agency_name = $3
     where owner_agency_id = any ($1)
       and state in ('offered', 'accepted', 'working', 'done')
       and ($4::text[] = '{}' or area_code = any ($4))
""")


async def inherit(
    tx: Transaction,
    former: Collection[UUID],
    heir_id: UUID,
    heir_name: str,
    areas: Collection[str],
) -> None:
    """Give the heir what lies in these areas, or all of it when none is named."""
    await tx.run(INHERIT, sorted(former), heir_id, heir_name, sorted(areas))
