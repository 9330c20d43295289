"""Books that were opened: in an emergency, or by a patient who came."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from backend.kernel import Paged, Query, Statement

Basis = Literal["emergency", "check-in"]


class OpeningRow(msgspec.Struct, frozen=True, kw_only=True):
    """Who opened a book, and until when; the reason of an emergency lies closed."""

    id: UUID
    agency_id: UUID
    basis: Basis
    reason_enc: bytes | None
    opened_at: datetime
    until: datetime


OPEN = Statement(
    """
    insert into health_books.opening (
        id, person_id, agency_id, opened_by, basis, reason_enc, opened_at, until
    )
    values ($1, $2, $3, $4, $5, $6, $7, $8)
    """
)

# What the policies ask to know whether an opening still counts.
LOOK_IN = Statement("select set_config('health_books.moment', $1::timestamptz::text, true)")


class Live(msgspec.Struct, frozen=True, kw_only=True):
    """An opening that counts now."""

    basis: Basis
    until: datetime


# Where the patient is there and agrees, that is why it is read, whatever else was opened.
LIVE = Query(
    Live,
    """
    select basis, until
      from health_books.opening
     where person_id = $1
       and agency_id = any($2::uuid[])
       and until > $3
     order by basis, id desc
     limit 1
    """,
)

OF_PERSON = Paged(
    OpeningRow,
    """
    select id, agency_id, basis, reason_enc, opened_at, until
      from health_books.opening
     where person_id = $1
       and {after}
     order by id desc
     limit {limit}
    """,
    by=("id",),
    descending="newest first",
)


class Present(msgspec.Struct, frozen=True, kw_only=True):
    """A patient who has come."""

    id: UUID
    person_id: UUID
    opened_at: datetime
    until: datetime


PRESENT = Paged(
    Present,
    """
    select id, person_id, opened_at, until
      from health_books.opening
     where agency_id = any($1::uuid[])
       and basis = 'check-in'
       and until > $2
       and {after}
     order by id desc
     limit {limit}
    """,
    by=("id",),
    descending="newest first",
)

WITHDRAW = Statement(
    """
    update health_books.opening
       set until = $3
     where id = $1
       and person_id = $2
       and basis = 'check-in'
       and until > $3
    """
)

# A visit that is written down has ended; whoever came after its last day is there for another.
END = Statement(
    """
    update health_books.opening
       set until = $3
     where person_id = $1
       and agency_id = $2
       and basis = 'check-in'
       and until > $3
       and opened_at < $4
    """
)

EXPORTED = Query(
    OpeningRow,
    """
    select id, agency_id, basis, reason_enc, opened_at, until
      from health_books.opening
     where person_id = $1
     order by id
     limit 1000
    """,
)

MOVE = Statement("update health_books.opening set person_id = $2 where person_id = $1")
