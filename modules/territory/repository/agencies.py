"""The register of agencies. It is small and changes at any hour, so it is asked each time."""

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

import msgspec

from backend.kernel import Paged, Query, Snapshot, Statement, Transaction
from contracts.page import Page
from contracts.territory import Agency, AgencyKind, CompetenceRole
from modules.territory.model.agencies import AgencyDraft, AgencyList, Identifier, RegisteredAgency

_COLUMNS: Final = """
    id, name, kind, unit_code, parent_id, valid_from, valid_to,
    coalesce(
        (
            select jsonb_agg(
                       jsonb_build_object(
                           'scheme', scheme, 'value', value, 'valid_from', valid_from,
                           'valid_to', valid_to, 'confirmed', confirmed
                       )
                       order by scheme, valid_from, value
                   )
              from territory.agency_identifier
             where agency_id = agency.id
        ),
        '[]'
    ) as identifiers,
    version
"""

LIST = Paged(
    RegisteredAgency,
    f"""
    select {_COLUMNS}
      from territory.agency
     where ($1::text is null or unit_code = $1)
       and ($2::text is null or kind = $2)
       and valid_from <= $3
       and (valid_to is null or $3 < valid_to)
       and {{after}}
     order by agency.name, agency.id
     limit {{limit}}
    """,
    by=("agency.name", "agency.id"),
)

READ = Query(
    RegisteredAgency,
    f"""
    select {_COLUMNS}
      from territory.agency
     where id = $1
    """,
)

READ_IDENTIFIED = Query(
    RegisteredAgency,
    f"""
    select {_COLUMNS}
      from territory.agency
     where id = (
           select agency_id
             from territory.agency_identifier
            where scheme = $1
              and value = $2
              and valid_from <= $3
              and (valid_to is null or $3 < valid_to)
     )
    """,
)

IN_FORCE = Query(
    Agency,
    """
    select id, name, kind, unit_code, parent_id, valid_from, valid_to
      from territory.agency
     where id = $1 and valid_from <= $2 and (valid_to is null or $2 < valid_to)
    """,
)

FIND = Query(
    Agency,
    """
    select agency.id, agency.name, agency.kind, agency.unit_code, agency.parent_id,
           agency.valid_from, agency.valid_to
      from territory.agency_identifier as identifier
      join territory.agency on agency.id = identifier.agency_id
     where identifier.scheme = $1
       and identifier.value = $2
       and identifier.valid_from <= $3
       and (identifier.valid_to is null or $3 < identifier.valid_to)
       and agency.valid_from <= $3
       and (agency.valid_to is null or $3 < agency.valid_to)
    """,
)

# Whoever is named for the commune (the longer code) displaces whoever is for its whole province.
COMPETENT = Query(
    Agency,
    """
    with held as (
        select agency.id, agency.name, agency.kind, agency.unit_code, agency.parent_id,
               agency.valid_from, agency.valid_to,
               rank() over (order by length(competence.unit_code) desc) as distance
          from territory.competence
          join territory.agency on agency.id = competence.agency_id
         where competence.subject = $1
           and competence.unit_code in ($2, $3)
           and competence.role = $5
           and competence.valid_from <= $4
           and (competence.valid_to is null or $4 < competence.valid_to)
           and agency.valid_from <= $4
           and (agency.valid_to is null or $4 < agency.valid_to)
    )
    select id, name, kind, unit_code, parent_id, valid_from, valid_to
      from held
     where distance = 1
     order by name, id
     limit 100
    """,
)

ADD = Statement(
    """
    insert into territory.agency (id, name, kind, unit_code, parent_id, valid_from, valid_to)
    values ($1, $2, $3, $4, $5, $6, $7)
    """
)

CHANGE = Statement(
    """
    update territory.agency
       set name = $3, kind = $4, unit_code = $5, parent_id = $6, valid_from = $7, valid_to = $8,
           version = version + 1
     where id = $1 and version = $2
    """
)

FORGET_IDENTIFIERS = Statement("delete from territory.agency_identifier where agency_id = $1")

# Conflicts are left out and counted: a constraint that fails would end the transaction.
ADD_IDENTIFIERS = Statement(
    """
    insert into territory.agency_identifier (
        agency_id, scheme, value, valid_from, valid_to, confirmed
    )
    select $1, scheme, value, valid_from, valid_to, confirmed
      from jsonb_to_recordset($2::jsonb) as entry (
               scheme text, value text, valid_from date, valid_to date, confirmed boolean
           )
        on conflict do nothing
    """
)


class Descent(msgspec.Struct, frozen=True, kw_only=True):
    """An agency that another belongs to, directly or not."""

    id: UUID


ABOVE = Query(
    Descent,
    """
    with recursive above (id, parent_id, steps) as (
        select id, parent_id, 1
          from territory.agency
         where id = $1
     union all
        select agency.id, agency.parent_id, above.steps + 1
          from above
          join territory.agency on agency.id = above.parent_id
         where above.steps < 20
    )
    select id
      from above
     limit 20
    """,
)

IMPORT_AGENCIES = Statement(
    """
    insert into territory.agency (id, name, kind, unit_code, parent_id, valid_from, valid_to)
    select id, name, kind, unit_code, parent_id, valid_from, valid_to
      from jsonb_to_recordset($1::jsonb) as entry (
               id uuid, name text, kind text, unit_code text, parent_id uuid, valid_from date,
               valid_to date
           )
        on conflict (id) do update
       set name = excluded.name,
           kind = excluded.kind,
           unit_code = excluded.unit_code,
           parent_id = excluded.parent_id,
           valid_from = excluded.valid_from,
           valid_to = excluded.valid_to,
           version = agency.version + 1
    """
)

IMPORT_IDENTIFIERS = Statement(
    """
    insert into territory.agency_identifier (
        agency_id, scheme, value, valid_from, valid_to, confirmed
    )
    select agency_id, scheme, value, valid_from, valid_to, confirmed
      from jsonb_to_recordset($1::jsonb) as entry (
               agency_id uuid, scheme text, value text, valid_from date, valid_to date,
               confirmed boolean
           )
     order by valid_from
        on conflict (agency_id, scheme, value, valid_from) do update
       set valid_to = excluded.valid_to, confirmed = excluded.confirmed
    """
)

IMPORT_COMPETENCES = Statement(
    """
    insert into territory.competence (
        id, agency_id, subject, unit_code, role, valid_from, valid_to, legal_reference
    )
    select id, agency_id, subject, unit_code, role, valid_from, valid_to, legal_reference
      from jsonb_to_recordset($1::jsonb) as entry (
               id uuid, agency_id uuid, subject text, unit_code text, role text, valid_from date,
               valid_to date, legal_reference text
           )
     order by valid_from
        on conflict (id) do update
       set agency_id = excluded.agency_id,
           subject = excluded.subject,
           unit_code = excluded.unit_code,
           role = excluded.role,
           valid_from = excluded.valid_from,
           valid_to = excluded.valid_to,
           legal_reference = excluded.legal_reference,
           version = competence.version + 1
    """
)


async def page(
    snapshot: Snapshot,
    cursor: str | None,
    limit: int,
    *,
    unit: str | None,
    kind: AgencyKind | None,
    on: date,
) -> Page[RegisteredAgency]:
    return await snapshot.page(LIST, cursor, limit, unit, kind, on)


async def read(snapshot: Snapshot, agency_id: UUID) -> RegisteredAgency | None:
    return await snapshot.maybe(READ, agency_id)


async def read_identified(
    snapshot: Snapshot, scheme: str, value: str, on: date
) -> RegisteredAgency | None:
    return await snapshot.maybe(READ_IDENTIFIED, scheme, value, on)


async def in_force(snapshot: Snapshot, agency_id: UUID, on: date) -> Agency | None:
    return await snapshot.maybe(IN_FORCE, agency_id, on)


async def find(snapshot: Snapshot, scheme: str, value: str, on: date) -> Agency | None:
    return await snapshot.maybe(FIND, scheme, value, on)


async def competent(
    snapshot: Snapshot, subject: str, unit_codes: tuple[str, str], on: date, role: CompetenceRole
) -> Sequence[Agency]:
    """Return who is named for the first of the two codes, or else for the second."""
    return await snapshot.all(COMPETENT, subject, *unit_codes, on, role)


async def add(tx: Transaction, agency_id: UUID, draft: AgencyDraft) -> None:
    await tx.run(ADD, agency_id, *_values(draft))


async def change(tx: Transaction, agency_id: UUID, version: int, draft: AgencyDraft) -> bool:
    """Change the agency if it still is as the caller saw it; tell whether it was."""
    return await tx.run(CHANGE, agency_id, version, *_values(draft)) == 1


async def put_identifiers(
    tx: Transaction, agency_id: UUID, identifiers: Sequence[Identifier]
) -> bool:
    """Give the agency these identifiers and no others; tell whether all were free."""
    await tx.run(FORGET_IDENTIFIERS, agency_id)
    return await tx.run(ADD_IDENTIFIERS, agency_id, identifiers) == len(identifiers)


async def above(snapshot: Snapshot, agency_id: UUID) -> Sequence[UUID]:
    """Return the agency and those it belongs to, nearest first; nothing if it does not exist."""
    return [each.id for each in await snapshot.all(ABOVE, agency_id)]


async def put(tx: Transaction, new: AgencyList) -> None:
    """Add or change what the list names, and leave all else as it is."""
    await tx.run(IMPORT_AGENCIES, new.agencies)
    await tx.run(IMPORT_IDENTIFIERS, new.identifiers)
    await tx.run(IMPORT_COMPETENCES, new.competences)


def _values(draft: AgencyDraft) -> tuple[object, ...]:
    return (
        draft.name,
        draft.kind,
        draft.unit_code,
        draft.parent_id,
        draft.valid_from,
        draft.valid_to,
    )
