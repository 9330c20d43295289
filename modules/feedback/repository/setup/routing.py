"""Reports that nobody deals with yet, by what their routing depends on."""

from collections.abc import Sequence
from typing import Final

import msgspec

from backend.kernel import Query, Snapshot


class Unassigned(msgspec.Struct, frozen=True, kw_only=True):
    """Open reports of one version of a category in one commune."""

    category_code: str
    category_version: int
    commune_code: str
    reports: int


UNASSIGNED: Final = Query(
    Unassigned,
    """
    select report.category_code, report.category_version, report.commune_code,
           count(*)::integer as reports
      from feedback.report
     where report.state in ('received', 'in_review')
     group by 1, 2, 3
     order by 1, 2, 3
     limit 5000
    """,
)


async def unassigned(snapshot: Snapshot) -> Sequence[Unassigned]:
    return await snapshot.all(UNASSIGNED)
