"""Rows about a person, for themselves, for oblivion, and for two accounts that are one."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from backend.kernel import Query, Snapshot, Statement, Transaction


class Rows(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of one table that are about a person."""

    name: str
    rows: Sequence[Mapping[str, Any]]


EXPORT = Query(
    Rows,
    """
    select 'favourite' as name,
           coalesce(jsonb_agg(jsonb_build_object('code', code, 'added_at', added_at)), '[]') as rows
      from public_services.favourite
     where person_id = $1
     union all
    select 'dossier_watch',
           coalesce(jsonb_agg(jsonb_build_object(
               'code', dossier.code, 'basis', watch.basis, 'since', watch.since)), '[]')
      from public_services.dossier_watch as watch
      join public_services.dossier on dossier.id = watch.dossier_id
     where watch.person_id = $1
     union all
    select 'dossier_rating',
           coalesce(jsonb_agg(jsonb_build_object(
               'code', dossier.code, 'level', rating.level, 'comment', rating.comment,
               'rated_at', rating.rated_at)), '[]')
      from public_services.dossier_rating as rating
      join public_services.dossier on dossier.id = rating.dossier_id
     where rating.person_id = $1
     union all
    select 'dossier',
           coalesce(jsonb_agg(jsonb_build_object(
               'code', dossier.code, 'procedure', dossier.procedure_title,
               'status', dossier.status, 'status_at', dossier.status_at)), '[]')
      from public_services.dossier_owner as whose
      join public_services.dossier on dossier.owner_index = whose.owner_index
     where whose.person_id = $1
    """,
)

FORGET = (
    Statement("delete from public_services.favourite where person_id = $1"),
    Statement("delete from public_services.dossier_watch where person_id = $1"),
    Statement("delete from public_services.dossier_owner where person_id = $1"),
)

UNNAME = Statement("""
    update public_services.dossier_rating
       set person_id = null,
           comment = ''
     where person_id = $1
""")

GIVE = (
    Statement("""
        insert into public_services.favourite (person_id, code, seen_version, added_at)
        select $2, code, seen_version, added_at
          from public_services.favourite
         where person_id = $1
            on conflict do nothing
    """),
    Statement("""
        insert into public_services.dossier_watch
               (person_id, dossier_id, basis, since, expires_at)
        select $2, dossier_id, basis, since, expires_at
          from public_services.dossier_watch
         where person_id = $1
            on conflict do nothing
    """),
    Statement("""
        insert into public_services.dossier_owner (person_id, owner_index)
        select $2, owner_index
          from public_services.dossier_owner
         where person_id = $1
            on conflict do nothing
    """),
    Statement("update public_services.dossier_rating set person_id = $2 where person_id = $1"),
)


async def export(snapshot: Snapshot, person_id: UUID) -> Sequence[Rows]:
    """Return the rows of each table that has some."""
    return [each for each in await snapshot.all(EXPORT, person_id) if each.rows]


async def erase(tx: Transaction, person_id: UUID) -> None:
    for statement in (*FORGET, UNNAME):
        await tx.run(statement, person_id)


async def merge(tx: Transaction, old_id: UUID, new_id: UUID) -> None:
    """Let the rows of one be the other's; what both have stays once."""
    for statement in GIVE:
        await tx.run(statement, old_id, new_id)
    for statement in FORGET:
        await tx.run(statement, old_id)
