"""Public reports as other systems take them: by month, by id, by what has changed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, LiteralString
from uuid import UUID

import msgspec

from backend.kernel import Query, Snapshot
from modules.feedback.model.machines import ReportState
from modules.feedback.model.places import Box, mercator
from modules.feedback.model.queues import PublicStep

EXPORTED_MAX: Final = 50_000


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A public report as other systems ask for it."""

    code: str
    category_code: str
    category_version: int
    commune_code: str
    agency_name: str | None
    state: ReportState
    state_at: datetime
    filed_at: datetime
    lat: float | None
    lon: float | None
    body: str
    result: str | None
    reason: str | None
    photos: Sequence[UUID]
    due_at: datetime | None
    followers: int
    steps: Sequence[PublicStep]


COLUMNS: Final[LiteralString] = """
    code, category_code, category_version, commune_code, agency_name, state, state_at, filed_at,
    lat, lon, body, result, reason, photos, due_at, followers, steps
"""

MONTH: Final = Query(
    Row,
    f"""
    select {COLUMNS}
      from feedback.public_report
     where filed_at >= $1 and filed_at < $2
     order by filed_at, code
     limit $3
    """,
)

BY_CODE: Final = Query(
    Row,
    f"""
    select {COLUMNS}
      from feedback.public_report
     where code = any ($1::text[])
     order by filed_at desc, code desc
    """,
)

ASKED: Final = Query(
    Row,
    f"""
    select {COLUMNS}
      from feedback.public_report
     where filed_at >= $1 and filed_at <= $2
       and ($3::text[] is null or category_code = any ($3))
       and ($4::boolean is null or (state = any ($5::text[])) = $4)
       and ($6::timestamptz is null or state_at >= $6)
       and ($7::point is null or xy <@ box($7::point, $8::point))
     order by filed_at desc, code desc
     limit $9 offset $10
    """,
)

NEWEST: Final = Query(
    Row,
    f"""
    select {COLUMNS}
      from feedback.public_report
     where ($1::text is null or commune_code = $1)
       and ($2::text is null or category_code = $2)
     order by filed_at desc, code desc
     limit $3
    """,
)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Which public reports a program asks for."""

    since: datetime
    until: datetime
    categories: Sequence[str] | None = None
    is_ended: bool | None = None
    updated_after: datetime | None = None
    box: Box | None = None
    limit: int = 1000
    offset: int = 0


async def month(snapshot: Snapshot, since: datetime, until: datetime) -> Sequence[Row]:
    """Return what was filed in a month, the oldest first, at most 50,000."""
    return await snapshot.all(MONTH, since, until, EXPORTED_MAX)


async def by_code(snapshot: Snapshot, codes: Sequence[str]) -> Sequence[Row]:
    return await snapshot.all(BY_CODE, codes)


async def asked(snapshot: Snapshot, wanted: Asked, ended: Sequence[str]) -> Sequence[Row]:
    box = wanted.box
    corners = (None, None)
    if box is not None:
        corners = (mercator(box.south_west), mercator(box.north_east))
    return await snapshot.all(
        ASKED,
        wanted.since,
        wanted.until,
        wanted.categories,
        wanted.is_ended,
        ended,
        wanted.updated_after,
        *corners,
        wanted.limit,
        wanted.offset,
    )


async def newest(
    snapshot: Snapshot, commune: str | None, category: str | None, limit: int
) -> Sequence[Row]:
    return await snapshot.all(NEWEST, commune, category, limit)
