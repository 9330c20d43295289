"""What agencies are competent for."""

from datetime import date
from typing import Final
from uuid import UUID

from backend.kernel import Paged, Query, Snapshot, Statement, Transaction
from contracts.page import Page
from modules.territory.model.agencies import Competence, CompetenceDraft

_COLUMNS: Final = """
    competence.id, agency_id, agency.name as agency_name, subject, competence.unit_code, role,
    competence.valid_from, competence.valid_to, legal_reference, competence.version
"""

LIST = Paged(
    Competence,
    f"""
    select {_COLUMNS}
      from territory.competence
      join territory.agency on agency.id = competence.agency_id
     where ($1::text is null or subject = $1)
       and ($2::text[] is null or competence.unit_code = any($2))
       and competence.valid_from <= $3
       and (competence.valid_to is null or $3 < competence.valid_to)
       and {{after}}
     order by subject, competence.id
     limit {{limit}}
    """,
    by=("subject", "competence.id"),
)

READ = Query(
    Competence,
    f"""
    select {_COLUMNS}
      from territory.competence
      join territory.agency on agency.id = competence.agency_id
     where competence.id = $1
    """,
)

# The constraint would end the transaction, so a conflict is left out and counted.
ADD = Statement(
    """
    insert into territory.competence (
        id, agency_id, subject, unit_code, role, valid_from, valid_to, legal_reference
    )
    values ($1, $2, $3, $4, $5, $6, $7, $8)
        on conflict do nothing
    """
)

CHANGE = Statement(
    """
    update territory.competence
       set agency_id = $3, subject = $4, unit_code = $5, role = $6, valid_from = $7,
           valid_to = $8, legal_reference = $9, version = version + 1
     where id = $1
       and version = $2
       and not exists (
           select
             from territory.competence as other
            where other.id <> $1
              and other.agency_id = $3
              and other.subject = $4
              and other.unit_code = $5
              and other.role = $6
              and daterange(other.valid_from, other.valid_to) && daterange($7, $8)
       )
    """
)


async def page(
    snapshot: Snapshot,
    cursor: str | None,
    limit: int,
    *,
    subject: str | None,
    unit_codes: tuple[str, ...] | None,
    on: date,
) -> Page[Competence]:
    return await snapshot.page(LIST, cursor, limit, subject, unit_codes, on)


async def read(snapshot: Snapshot, competence_id: UUID) -> Competence | None:
    return await snapshot.maybe(READ, competence_id)


async def add(tx: Transaction, competence_id: UUID, draft: CompetenceDraft) -> bool:
    """Keep the competence, unless the agency holds it already then; tell whether it was kept."""
    return await tx.run(ADD, competence_id, *_values(draft)) == 1


async def change(
    tx: Transaction, competence_id: UUID, version: int, draft: CompetenceDraft
) -> bool:
    """Change it if it still is as the caller saw it and the agency does not hold it twice then."""
    return await tx.run(CHANGE, competence_id, version, *_values(draft)) == 1


def _values(draft: CompetenceDraft) -> tuple[object, ...]:
    return (
        draft.agency_id,
        draft.subject,
        draft.unit_code,
        draft.role,
        draft.valid_from,
        draft.valid_to,
        draft.legal_reference,
    )
