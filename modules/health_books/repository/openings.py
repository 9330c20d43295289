"""Books that were opened in an emergency."""

from datetime import datetime
from uuid import UUID

import msgspec

from backend.kernel import Paged, Query, Statement


class OpeningRow(msgspec.Struct, frozen=True, kw_only=True):
    """Who opened a book, and until when; the reason lies closed."""

    id: UUID
    agency_id: UUID
    reason_enc: bytes
    opened_at: datetime
    until: datetime


OPEN = Statement(
    """
    insert into health_books.opening (
        id, person_id, agency_id, opened_by, reason_enc, opened_at, until
    )
    values ($1, $2, $3, $4, $5, $6, $7)
    """
)

# What the policies ask to know whether an opening still counts.
LOOK_IN = Statement("select set_config('health_books.moment', $1::timestamptz::text, true)")


class Live(msgspec.Struct, frozen=True, kw_only=True):
    """An opening that counts now."""

    id: UUID


LIVE = Query(
    Live,
    """
    select id
      from health_books.opening
     where person_id = $1
       and agency_id = any($2::uuid[])
       and until > $3
     order by id desc
     limit 1
    """,
)

OF_PERSON = Paged(
    OpeningRow,
    """
    select id, agency_id, reason_enc, opened_at, until
      from health_books.opening
     where person_id = $1
       and {after}
     order by id desc
     limit {limit}
    """,
    by=("id",),
    descending="newest first",
)

EXPORTED = Query(
    OpeningRow,
    """
    select id, agency_id, reason_enc, opened_at, until
      from health_books.opening
     where person_id = $1
     order by id
     limit 1000
    """,
)

MOVE = Statement("update health_books.opening set person_id = $2 where person_id = $1")
