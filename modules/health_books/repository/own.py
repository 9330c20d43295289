"""What people write into their own book, and the keys that sign their cards."""

from datetime import datetime
from uuid import UUID

import msgspec

from backend.kernel import Paged, Query, Statement


class OwnRow(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of a person's own, closed with a key of its own."""

    id: UUID
    body_enc: bytes
    entered_at: datetime


ENTER = Statement(
    """
    insert into health_books.own_entry (id, person_id, body_enc, entered_at)
    values ($1, $2, $3, $4)
    """
)

MINE = Paged(
    OwnRow,
    """
    select id, body_enc, entered_at
      from health_books.own_entry
     where person_id = $1
       and {after}
     order by id desc
     limit {limit}
    """,
    by=("id",),
    descending="newest first",
)

EXPORTED = Query(
    OwnRow,
    """
    select id, body_enc, entered_at
      from health_books.own_entry
     where person_id = $1
     order by id
     limit 1000
    """,
)


class Gone(msgspec.Struct, frozen=True, kw_only=True):
    """An entry that was erased."""

    id: UUID


ERASE = Query(
    Gone,
    """
    delete from health_books.own_entry
     where person_id = $1
       and ($2::uuid is null or id = $2)
    returning id
    """,
)


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """How many entries a person has."""

    entries: int


COUNT = Query(
    Count,
    "select count(*) as entries from health_books.own_entry where person_id = $1",
)

MOVE = Statement("update health_books.own_entry set person_id = $2 where person_id = $1")


class CardKeyRow(msgspec.Struct, frozen=True, kw_only=True):
    """A key that signs cards, or did."""

    public: bytes
    reference: str
    made_at: datetime


CARD_KEYS = Query(
    CardKeyRow,
    """
    select public, reference, made_at
      from health_books.card_key
     order by made_at desc
     limit 100
    """,
)

LOCK_CARD_KEYS = Statement("select pg_advisory_xact_lock(hashtextextended('health_books.card', 0))")

ADD_CARD_KEY = Statement(
    """
    insert into health_books.card_key (id, public, reference, made_at)
    values ($1, $2, $3, $4)
    """
)
