"""Carrying the digests of owners over to a new key, without knowing their numbers."""

from collections.abc import Callable, Sequence
from typing import Final
from uuid import UUID

import msgspec

from backend.kernel import Query, Statement, Transaction

_BATCH: Final = 1000


class Indexed(msgspec.Struct, frozen=True, kw_only=True):
    """A dossier, or an owner, and the digest by which one finds the other."""

    id: UUID
    owner_index: bytes


# All digests of one owner come together.
OWNERS = Query(
    Indexed,
    """
    select person_id as id, owner_index
      from public_services.dossier_owner
     where person_id > $1
     order by person_id
     fetch first $2 rows with ties
    """,
)

DOSSIERS = Query(
    Indexed,
    """
    select id, owner_index
      from public_services.dossier
     where id > $1 and owner_index is not null
     order by id
     limit $2
    """,
)

KNOW = Statement("""
    insert into public_services.dossier_owner (person_id, owner_index)
    select person_id, owner_index
      from unnest($1::uuid[], $2::bytea[]) as known (person_id, owner_index)
        on conflict do nothing
""")

REINDEX = Statement("""
    update public_services.dossier
       set owner_index = carried.becomes
      from unnest($1::uuid[], $2::bytea[], $3::bytea[]) as carried (id, was, becomes)
     where dossier.id = carried.id and dossier.owner_index = carried.was
""")

FORGET = Statement("""
    delete from public_services.dossier_owner
     using unnest($1::uuid[], $2::bytea[]) as old (person_id, owner_index)
     where dossier_owner.person_id = old.person_id
       and dossier_owner.owner_index = old.owner_index
""")

Carried = Callable[[bytes], bytes]


async def know(tx: Transaction, after: UUID, carried: Carried) -> UUID | None:
    """Let owners be known by the new digest too; return the last, or None after the last of all."""
    rows = await tx.all(OWNERS, after, _BATCH)
    digests = [carried(row.owner_index) for row in rows]
    await tx.run(KNOW, [row.id for row in rows], digests)
    return _last(rows)


async def reindex(tx: Transaction, after: UUID, carried: Carried) -> UUID | None:
    """Let dossiers know their owners by the new digest."""
    rows = await tx.all(DOSSIERS, after, _BATCH)
    were = [row.owner_index for row in rows]
    await tx.run(REINDEX, [row.id for row in rows], were, [carried(digest) for digest in were])
    return _last(rows)


async def forget(tx: Transaction, after: UUID, carried: Carried) -> UUID | None:
    """Forget the digests that owners were known by before."""
    rows = await tx.all(OWNERS, after, _BATCH)
    old = [row for row in rows if carried(row.owner_index) != row.owner_index]
    await tx.run(FORGET, [row.id for row in old], [row.owner_index for row in old])
    return _last(rows)


def _last(rows: Sequence[Indexed]) -> UUID | None:
    return rows[-1].id if len(rows) >= _BATCH else None
