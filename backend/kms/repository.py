"""Statements about keys of things."""

from typing import Final
from uuid import UUID

import msgspec

from backend.kernel import Query, Statement


class Wrapped(msgspec.Struct, frozen=True, kw_only=True):
    """The key of a thing, as it lies in the database."""

    thing_id: UUID
    wrapped: bytes


OF: Final = Query(
    Wrapped,
    """
    select thing_id, wrapped
      from kms.data_key
     where thing_id = any($1::uuid[])
       and wrapped is not null
     limit 10000
    """,
)

# Of two who give one thing a key at once, the second gets what the first has kept.
KEEP: Final = Query(
    Wrapped,
    """
    insert into kms.data_key (thing_id, wrapped)
    select thing_id, wrapped
      from unnest($1::uuid[], $2::bytea[]) as fresh (thing_id, wrapped)
        on conflict (thing_id) do update
       set wrapped = data_key.wrapped
     where data_key.wrapped is not null
    returning thing_id, wrapped
    """,
)

DESTROY: Final = Statement(
    """
    update kms.data_key
       set wrapped = null, destroyed_at = $2
     where thing_id = any($1::uuid[])
       and wrapped is not null
    """
)
