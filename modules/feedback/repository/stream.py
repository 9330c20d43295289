"""Changes in the order in which they became visible."""

from collections.abc import Sequence
from typing import Final

import msgspec

from backend.kernel import Query, Snapshot
from modules.feedback.model.stream import Changed
from modules.feedback.scopes import TRIAGE


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Before which transaction everything is decided."""

    place: int


# What runs now may yet commit, so one listens up to the oldest that does, and no further.
PLACE: Final = Query(
    Place,
    """
    select pg_snapshot_xmin(pg_current_snapshot())::text::bigint as place
    """,
)

CHANGES: Final = Query(
    Changed,
    """
    select report.id, report.version, report.state
      from (select distinct report_id
              from feedback.event
             where written_in >= $1 and written_in < $2
             limit $3) as changed
      join feedback.report on report.id = changed.report_id
      join feedback.publication on publication.report_id = report.id
     where {visible}
       and publication.state <> 'sealed'
     order by report.id
    """,
    visible=TRIAGE,
)


async def place(snapshot: Snapshot) -> Place:
    return await snapshot.one(PLACE)


async def changes(snapshot: Snapshot, since: int, until: int, limit: int) -> Sequence[Changed]:
    """Return what was decided in these transactions and the caller may see, each report once."""
    return await snapshot.all(CHANGES, since, until, limit)
