"""Every statement of the log."""

from datetime import datetime
from uuid import UUID

import msgspec

from backend.audit.model import ActorKind, Looked
from backend.identity.scopes import READ
from backend.kernel import Query, Statement
from backend.kernel.statements import Paged

# One places and signs at a time: places are dense because nobody else gives any.
LOCK = Statement("select pg_advisory_xact_lock(hashtext('audit.seal'))")


class Below(msgspec.Struct, frozen=True, kw_only=True):
    """The oldest transaction that may still add a row."""

    below: str


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """How many looks have a place."""

    size: int


class Tile(msgspec.Struct, frozen=True, kw_only=True):
    """A tile of the tree, full or not yet."""

    level: int
    number: int
    data: bytes


class Seal(msgspec.Struct, frozen=True, kw_only=True):
    """A signed checkpoint."""

    size: int
    root: bytes
    note: str
    at: datetime


class SealKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key that seals."""

    reference: str
    public: bytes
    retires_at: datetime | None


class Leaf(msgspec.Struct, frozen=True, kw_only=True):
    """The place of a look."""

    leaf_no: int
    event_id: UUID
    at: datetime


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A look as the person reads it."""

    id: UUID
    at: datetime
    person_id: UUID
    actor_kind: ActorKind
    actor_agency: UUID | None
    actor_client: str | None
    action: str
    purpose: str
    basis: str
    about: str
    fields: tuple[str, ...]


class Unplaced(msgspec.Struct, frozen=True, kw_only=True):
    """A look without a place that should have had one."""

    id: UUID
    at: datetime


BELOW = Query(Below, "select pg_snapshot_xmin(pg_current_snapshot())::text as below")

# Rows of a transaction that cannot be under way any more, in an order that never changes.
TAKE = Query(
    Looked,
    """
    select id, at, person_id, actor_kind, actor_agency, actor_client, actor_pseudonym, action,
           purpose, basis, about, fields, detail_enc
      from audit.event
     where xid >= (select below from audit.placed)
       and xid < $1::text::xid8
       and not exists (select from audit.leaf where leaf.event_id = event.id)
     order by xid, id
     limit 5000
    """,
)

PLACE = Statement("""
    insert into audit.leaf (leaf_no, event_id, at)
    select leaf_no, event_id, at
      from unnest($1::bigint[], $2::uuid[], $3::timestamptz[]) as fresh (leaf_no, event_id, at)
""")

PLACED = Statement("update audit.placed set below = $1::text::xid8 where below < $1::text::xid8")

SIZE = Query(Size, "select coalesce(max(leaf_no) + 1, 0) as size from audit.leaf")

TILES = Query(
    Tile,
    """
    select level, number, data
      from audit.tile
     where (level, number) in (
               select level, number
                 from unnest($1::smallint[], $2::bigint[]) as wanted (level, number))
    """,
)

KEEP_TILES = Statement("""
    insert into audit.tile (level, number, data)
    select level, number, data
      from unnest($1::smallint[], $2::bigint[], $3::bytea[]) as fresh (level, number, data)
        on conflict (level, number) do update set data = excluded.data
""")

LATEST = Query(Seal, "select size, root, note, at from audit.seal order by size desc limit 1")

FIRST_COVERING = Query(
    Seal, "select size, root, note, at from audit.seal where size > $1 order by size limit 1"
)

SEALS_AFTER = Query(
    Seal,
    "select size, root, note, at from audit.seal where size > $1 order by size limit 1000",
)

SEALED = Statement("insert into audit.seal (size, root, note, at) values ($1, $2, $3, $4)")

SEAL_KEYS = Query(
    SealKey,
    """
    select reference, public, retires_at
      from audit.seal_key
     order by retires_at is null desc, made_at desc, reference
     limit 100
    """,
)

ADD_SEAL_KEY = Statement("""
    insert into audit.seal_key (reference, public, made_at) values ($1, $2, $3)
""")

RETIRE_SEAL_KEYS = Statement("""
    update audit.seal_key
       set retires_at = $2
     where reference <> $1 and retires_at is null
""")

MAKE_ROOM = Statement("select audit.make_room($1)")

LEAVES = Query(
    Leaf,
    """
    select leaf_no, event_id, at
      from audit.leaf
     where leaf_no >= $1
     order by leaf_no
     limit 5000
    """,
)

ROWS = Query(
    Looked,
    """
    select id, at, person_id, actor_kind, actor_agency, actor_client, actor_pseudonym, action,
           purpose, basis, about, fields, detail_enc
      from audit.event
     where at between $2 and $3 and id = any ($1)
     limit 5000
    """,
)

# What was put among rows that all had their places; and what has been waiting for one too long.
SMUGGLED = Query(
    Unplaced,
    """
    select id, at
      from audit.event
     where xid < (select below from audit.placed)
       and not exists (select from audit.leaf where leaf.event_id = event.id)
     order by at, id
     limit 100
    """,
)

LINES = Paged(
    Line,
    """
    select id, at, person_id, actor_kind, actor_agency, actor_client, action, purpose, basis,
           about, fields
      from audit.event
     where {visible}
       and {after}
     order by at desc, id desc
     limit {limit}
    """,
    by=("at", "id"),
    descending="desc",
    visible=READ,
)

# Whose they are, the policy `ones_own` says: the caller's, and those of whom they represent.
LINES_ABOUT = Paged(
    Line,
    """
    select id, at, person_id, actor_kind, actor_agency, actor_client, action, purpose, basis,
           about, fields
      from audit.event
     where about = $1
       and {after}
     order by at desc, id desc
     limit {limit}
    """,
    by=("at", "id"),
    descending="desc",
)

OWN = Query(
    Looked,
    """
    select id, at, person_id, actor_kind, actor_agency, actor_client, actor_pseudonym, action,
           purpose, basis, about, fields, detail_enc
      from audit.event
     where id = $1 and {visible}
    """,
    visible=READ,
)

PLACE_OF = Query(Leaf, "select leaf_no, event_id, at from audit.leaf where event_id = $1")

LOOKS_AT = Query(
    Line,
    """
    select id, at, person_id, actor_kind, actor_agency, actor_client, action, purpose, basis,
           about, fields
      from audit.looks_at($1, $2, $3, $4, $5, $6)
    """,
)
