"""The log: what waits, what has its place, the tiles of the tree, the checkpoints."""

from datetime import datetime
from uuid import UUID

import msgspec

from backend.kernel import Query, Statement

# One sequencer and one signer at a time: indices are dense because nobody else gives any.
LOCK = Statement("select pg_advisory_xact_lock(hashtext('documents.log'))")

ENTER = Statement(
    """
    insert into documents.log_pending (id, data)
    select id, data
      from unnest($1::uuid[], $2::bytea[]) with ordinality as fresh (id, data, place)
     order by place
    """
)


class Pending(msgspec.Struct, frozen=True, kw_only=True):
    """An entry without a place."""

    seq: int
    id: UUID
    data: bytes


TAKE = Query(
    Pending,
    """
    delete from documents.log_pending
     where seq in (select seq from documents.log_pending order by seq limit 10000)
    returning seq, id, data
    """,
)


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """How many entries there are."""

    size: int


SIZE = Query(Size, "select coalesce(max(idx) + 1, 0) as size from documents.log_entry")

APPEND = Statement(
    """
    insert into documents.log_entry (idx, id, data, leaf)
    select idx, id, data, leaf
      from unnest($1::bigint[], $2::uuid[], $3::bytea[], $4::bytea[]) as fresh (idx, id, data, leaf)
    """
)


class Tile(msgspec.Struct, frozen=True, kw_only=True):
    """A tile of the tree, full or not yet."""

    level: int
    number: int
    data: bytes


TILES = Query(
    Tile,
    """
    select level, number, data
      from documents.log_tile
     where (level, number) in (
               select level, number
                 from unnest($1::smallint[], $2::bigint[]) as wanted (level, number))
    """,
)

KEEP_TILES = Statement(
    """
    insert into documents.log_tile (level, number, data)
    select level, number, data
      from unnest($1::smallint[], $2::bigint[], $3::bytea[]) as fresh (level, number, data)
        on conflict (level, number) do update set data = excluded.data
    """
)


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry at its place."""

    idx: int
    data: bytes


ENTRIES = Query(
    Entry,
    """
    select idx, data
      from documents.log_entry
     where idx >= $1
       and idx < $2
     order by idx
     limit 256
    """,
)


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A checkpoint with the signatures of the log and its witness."""

    size: int
    root: bytes
    note: str
    cosigned_at: datetime


LATEST = Query(
    Seen,
    """
    select size, root, note, cosigned_at
      from documents.checkpoint
     order by size desc
     limit 1
    """,
)


class Proved(msgspec.Struct, frozen=True, kw_only=True):
    """An entry, and the first checkpoint that covers it."""

    id: UUID
    idx: int
    data: bytes
    size: int
    note: str


# The first that covers an entry has the earliest time: what counts as its proof of existence.
PROVED = Query(
    Proved,
    """
    select entry.id, entry.idx, entry.data, seen.size, seen.note
      from documents.log_entry as entry
     cross join lateral (
               select size, note
                 from documents.checkpoint
                where size > entry.idx
                order by size
                limit 1) as seen
     where entry.id = any($1::uuid[])
    """,
)

SIGNED = Statement(
    "insert into documents.checkpoint (size, root, note, cosigned_at) values ($1, $2, $3, $4)"
)
