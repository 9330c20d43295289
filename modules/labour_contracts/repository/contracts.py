"""Contracts, what hangs on them, and the platform's numbers."""

from datetime import date, datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

from backend.kernel import Paged, Query, Statement
from contracts.documents import Defect

Route = Literal["provider", "local_signing"]
"""Who certifies: a licensed provider, or the operator as far as it is licensed itself."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A contract, or what hangs on one, and how it has gone on since it was signed."""

    document_id: UUID
    kind: str
    of_contract: UUID | None
    employer_id: UUID
    employee_id: UUID
    signed_at: datetime | None
    certified_by: str | None
    certificate: str | None
    certified_at: datetime | None
    ended_on: date | None
    route: Route
    provider: str | None
    warnings: tuple[Defect, ...]


COLUMNS: Final = """document_id, kind, of_contract, employer_id, employee_id, signed_at,
           certified_by, certificate, certified_at, ended_on, route, provider, warnings"""

# What has been signed for is not changed by whoever begins the next revision alone.
KEEP = Statement(
    """
    insert into labour_contracts.contract (
        document_id, kind, of_contract, ends_on, route, provider, tax_code, fixed_from, fixed_to,
        warnings, drafted_by, employer_id, employee_id
    )
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        on conflict (document_id) do update
       set employer_id = excluded.employer_id, employee_id = excluded.employee_id,
           ends_on = excluded.ends_on, route = excluded.route, provider = excluded.provider,
           tax_code = case when contract.signed_at is null then excluded.tax_code
                           else contract.tax_code end,
           fixed_from = case when contract.signed_at is null then excluded.fixed_from
                             else contract.fixed_from end,
           fixed_to = case when contract.signed_at is null then excluded.fixed_to
                           else contract.fixed_to end,
           warnings = excluded.warnings
    """
)


class Termed(msgspec.Struct, frozen=True, kw_only=True):
    """From when on a contract is for a fixed term, and between whom."""

    employee_id: UUID
    tax_code: str | None
    fixed_from: date | None


TERM = Query(
    Termed,
    """
    select employee_id, tax_code, fixed_from
      from labour_contracts.contract
     where document_id = $1
    """,
)


class Days(msgspec.Struct, frozen=True, kw_only=True):
    """The first and the last day of a fixed term."""

    first_day: date
    last_day: date


EARLIER = Query(
    Days,
    """
    select first_day, last_day
      from labour_contracts.fixed_terms($1, $2, $3)
     order by first_day desc
    """,
)

READ = Query(
    Row,
    f"""
    select {COLUMNS}
      from labour_contracts.contract
     where document_id = $1
    """,
)

LOCK = Query(
    Row,
    f"""
    select {COLUMNS}
      from labour_contracts.contract
     where document_id = $1
       for update
    """,
)

LIST = Paged(
    Row,
    f"""
    select {COLUMNS}
      from labour_contracts.contract
     where (employer_id = $1 or employee_id = $1)
       and {{after}}
     order by document_id desc
     limit {{limit}}
    """,
    by=("document_id",),
    descending="newest first",
)

SIDES = Query(
    Row,
    f"""
    select {COLUMNS}
      from labour_contracts.contract
     where of_contract = $1
     order by document_id
     limit 100
    """,
)

# A certification is of what was signed: a new revision begins without one.
SIGNED = Statement(
    """
    update labour_contracts.contract
       set signed_at = $2, rev = $3, certified_by = null, certificate = null, certified_at = null
     where document_id = $1
       and (signed_at is null or rev < $3)
    """
)

CERTIFIED = Statement(
    """
    update labour_contracts.contract
       set certified_by = $2, certificate = $3, certified_at = $4
     where document_id = $1
       and certified_by is null
    """
)

ENDED = Statement(
    """
    update labour_contracts.contract
       set ended_on = $2
     where document_id = $1
       and ended_on is null
    """
)


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """Until when a contract runs, as far as is known."""

    document_id: UUID
    ends_on: date | None


ENDS = Query(
    Ended,
    """
    select whole.document_id, coalesce(whole.ended_on, whole.ends_on) as ends_on
      from labour_contracts.contract as asked
      join labour_contracts.contract as whole
        on whole.document_id = coalesce(asked.of_contract, asked.document_id)
     where asked.document_id = $1
    """,
)

WITH_SIDES = Query(
    Ended,
    """
    select document_id, ends_on
      from labour_contracts.contract
     where document_id = $1 or of_contract = $1
     limit 200
    """,
)

ENDED_BY = Statement(
    """
    update labour_contracts.contract
       set ended_on = side.ends_on
      from labour_contracts.contract as side
     where side.document_id = $1
       and side.kind = 'labour.termination'
       and contract.document_id = side.of_contract
       and contract.ended_on is null
    """,
)


class Numbered(msgspec.Struct, frozen=True, kw_only=True):
    """The number that the platform has given a contract, for good."""

    contract_id: UUID
    number: str
    salt: str
    given_at: datetime


NUMBER = Statement(
    """
    insert into labour_contracts.platform_number (contract_id, number, salt, given_by, given_at)
    values ($1, $2, $3, $4, $5)
        on conflict do nothing
    """
)

NUMBER_OF = Query(
    Numbered,
    """
    select contract_id, number, salt, given_at
      from labour_contracts.platform_number
     where contract_id = any($1::uuid[])
     limit 100
    """,
)
