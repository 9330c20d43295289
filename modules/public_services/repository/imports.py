"""Files that were brought, what was found in them, and what they would change."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from backend.kernel import Paged, Query, Snapshot, Statement, Transaction
from contracts.page import Page
from modules.public_services.model.imports import (
    Count,
    CurrentVersion,
    FindingRow,
    Import,
    Options,
    PlannedChange,
    Staged,
)
from modules.public_services.model.procedures import Stored
from modules.public_services.repository.columns import STORED

# One at a time: the order of `catalogue_change.seq` is then the order of commits.
LOCK = Statement("select pg_advisory_xact_lock(hashtext('public_services.catalogue'))")

ADD = Query(
    Import,
    """
    insert into public_services.import (
        id, state, options, file_name, digest, uploaded_at, uploaded_by
    )
    values ($1, 'uploaded', $2, $3, $4, $5, $6)
        on conflict do nothing
    returning id, state, options, file_name, digest, records, errors, warnings,
              uploaded_at, validated_at, applied_at, left_out
    """,
)

FIND = Query(
    Import,
    """
    select id, state, options, file_name, digest, records, errors, warnings,
           uploaded_at, validated_at, applied_at, left_out
      from public_services.import
     where id = $1
       for update
    """,
)

READ = Query(
    Import,
    """
    select id, state, options, file_name, digest, records, errors, warnings,
           uploaded_at, validated_at, applied_at, left_out
      from public_services.import
     where id = $1
    """,
)


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """How many there are."""

    number: int


READY = Query(
    Counted, "select count(*) as number from public_services.import where state = 'ready'"
)

RECENT = Paged(
    Import,
    """
    select id, state, options, file_name, digest, records, errors, warnings,
           uploaded_at, validated_at, applied_at, left_out
      from public_services.import
     where {after}
     order by id desc
     limit {limit}
    """,
    by=("id",),
    descending="desc",
)

MOVE = Query(
    Import,
    """
    update public_services.import
       set state = $2, records = $3, errors = $4, warnings = $5, validated_at = $6,
           catalogue_seq = $7
     where id = $1 and state = 'uploaded'
    returning id, state, options, file_name, digest, records, errors, warnings,
              uploaded_at, validated_at, applied_at, left_out
    """,
)

CLOSE = Query(
    Import,
    """
    update public_services.import
       set state = $2, applied_at = $3, left_out = $4
     where id = $1
    returning id, state, options, file_name, digest, records, errors, warnings,
              uploaded_at, validated_at, applied_at, left_out
    """,
)


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of the file."""

    content: bytes


PUT_PART = Statement(
    "insert into public_services.import_part (import_id, part, content) values ($1, $2, $3)"
)
PART = Query(
    Part, "select content from public_services.import_part where import_id = $1 and part = $2"
)
FORGET_PARTS = Statement("delete from public_services.import_part where import_id = $1")

PUT_FINDINGS = Statement(
    """
    insert into public_services.import_finding (
        import_id, position, severity, code, file, place, column_name, value, procedure_code
    )
    select $1, position, severity, code, file, place, column_name, value, procedure_code
      from jsonb_to_recordset($2::jsonb) as finding (
               position integer, severity text, code text, file text, place text,
               column_name text, value text, procedure_code text
           )
    """
)

FINDINGS = Paged(
    FindingRow,
    """
    select position, severity, code, file, place, column_name, value, procedure_code
      from public_services.import_finding
     where import_id = $1
       and {after}
     order by position
     limit {limit}
    """,
    by=("position",),
)


class Blame(msgspec.Struct, frozen=True, kw_only=True):
    """A procedure with an error; empty for an error that no procedure can be left out for."""

    procedure_code: str


BLAMED = Query(
    Blame,
    """
    select distinct procedure_code
      from public_services.import_finding
     where import_id = $1 and severity = 'error'
     order by procedure_code
     limit 60000
    """,
)

STAGE = Statement(
    """
    insert into public_services.import_record (
        import_id, position, code, change, fields, procedure_id, version_id, decision_id,
        decision_number, decision_agency, valid_from, head, body, source, citizen_text, digest,
        replaces
    )
    select $1, position, code, change, fields, procedure_id, version_id, decision_id,
           decision_number, decision_agency, valid_from, head, body, source, citizen_text, digest,
           replaces
      from jsonb_to_recordset($2::jsonb) as staged (
               position integer, code text, change text, fields text[], procedure_id uuid,
               version_id uuid, decision_id uuid, decision_number text, decision_agency text,
               valid_from date, head jsonb, body jsonb, source jsonb, citizen_text jsonb,
               digest text, replaces text[]
           )
    """
)

PLANNED = Paged(
    PlannedChange,
    """
    select position, code, change, fields
      from public_services.import_record
     where import_id = $1 and change <> 'unchanged'
       and {after}
     order by position
     limit {limit}
    """,
    by=("position",),
)

CURRENT = Query(
    CurrentVersion,
    """
    select procedure.code, procedure.id as procedure_id, version.valid_from,
           decision.number as decision_number, decision.agency as decision_agency,
           version.digest, procedure.base_code is null as is_national
      from public_services.procedure
      join public_services.procedure_version as version
        on version.procedure_no = procedure.no and version.valid_to is null
      join public_services.publishing_decision as decision on decision.id = version.decision_id
     limit 200000
    """,
)

# A code that was abolished comes back as itself.
ENDED = Query(
    CurrentVersion,
    """
    select procedure.code, procedure.id as procedure_id,
           coalesce(procedure.abolished_on, 'epoch') as valid_from, '' as decision_number,
           '' as decision_agency, '' as digest, procedure.base_code is null as is_national
      from public_services.procedure
     where abolished_on is not null
     limit 200000
    """,
)

DOCUMENTS = Query(
    Stored,
    f"""
    select {STORED}
     where version.valid_to is null and procedure.code = any($1::text[])
     limit 1000
    """,
)


COUNTS = Query(
    Count,
    """
    select change, count(*) as count
      from public_services.import_record
     where import_id = $1
     group by change
     order by change
    """,
)


class Edition(msgspec.Struct, frozen=True, kw_only=True):
    """The last change of a version."""

    seq: int


EDITION = Query(
    Edition,
    """
    select coalesce(max(seq), 0) as seq
      from public_services.catalogue_change
     where kind in ('version', 'abolished')
    """,
)

MOVED = Query(
    Edition,
    """
    select catalogue_seq as seq from public_services.import where id = $1
    """,
)


async def lock(tx: Transaction) -> None:
    """Let no other change of the catalogue begin before this transaction has ended."""
    await tx.run(LOCK)


async def add(tx: Transaction, options: Options, file_name: str, digest: str) -> Import | None:
    """Note that a file was brought, unless another one is being read."""
    who = tx.principal.staff_id
    return await tx.maybe(
        ADD, tx.new_id(), msgspec.to_builtins(options), file_name, digest, tx.now, who
    )


async def find(tx: Transaction, import_id: UUID) -> Import | None:
    return await tx.maybe(FIND, import_id)


async def read(snapshot: Snapshot, import_id: UUID) -> Import | None:
    return await snapshot.maybe(READ, import_id)


async def ready_count(snapshot: Snapshot) -> int:
    return (await snapshot.one(READY)).number


async def recent(snapshot: Snapshot, cursor: str | None, limit: int) -> Page[Import]:
    return await snapshot.page(RECENT, cursor, limit)


async def put_part(tx: Transaction, import_id: UUID, part: int, content: bytes) -> None:
    await tx.run(PUT_PART, import_id, part, content)


async def part(tx: Transaction, import_id: UUID, number: int) -> bytes | None:
    found = await tx.maybe(PART, import_id, number)
    return None if found is None else found.content


async def forget_parts(tx: Transaction, import_id: UUID) -> None:
    await tx.run(FORGET_PARTS, import_id)


async def put_findings(tx: Transaction, import_id: UUID, rows: Sequence[FindingRow]) -> None:
    await tx.run(PUT_FINDINGS, import_id, rows)


async def stage(tx: Transaction, import_id: UUID, rows: Sequence[Staged]) -> None:
    await tx.run(STAGE, import_id, rows)


async def current(snapshot: Snapshot) -> dict[str, CurrentVersion]:
    """Return what is in force last of every procedure, by code."""
    return {each.code: each for each in await snapshot.all(CURRENT)}


async def ended(snapshot: Snapshot) -> dict[str, CurrentVersion]:
    """Return the procedures that were abolished, by code."""
    return {each.code: each for each in await snapshot.all(ENDED)}


async def documents(snapshot: Snapshot, codes: Sequence[str]) -> dict[str, Stored]:
    return {each.code: each for each in await snapshot.all(DOCUMENTS, codes)}


async def move(tx: Transaction, new: Import) -> Import | None:
    held = await tx.one(EDITION)
    counts = new.records, new.errors, new.warnings
    return await tx.maybe(MOVE, new.id, new.state, *counts, new.validated_at, held.seq)


async def close(tx: Transaction, closed: Import) -> Import:
    return await tx.one(CLOSE, closed.id, closed.state, closed.applied_at, closed.left_out)


async def blamed(tx: Transaction, import_id: UUID) -> set[str]:
    """Return the codes with errors; the empty one for errors that belong to none."""
    return {each.procedure_code for each in await tx.all(BLAMED, import_id)}


async def findings(
    snapshot: Snapshot, import_id: UUID, cursor: str | None, limit: int
) -> Page[FindingRow]:
    return await snapshot.page(FINDINGS, cursor, limit, import_id)


async def planned(
    snapshot: Snapshot, import_id: UUID, cursor: str | None, limit: int
) -> Page[PlannedChange]:
    return await snapshot.page(PLANNED, cursor, limit, import_id)


async def has_moved(snapshot: Snapshot, import_id: UUID) -> bool:
    """Tell whether versions changed since the file was held against them."""
    held = await snapshot.one(MOVED, import_id)
    return held != await snapshot.one(EDITION)


async def counts(snapshot: Snapshot, import_id: UUID) -> Sequence[Count]:
    return await snapshot.all(COUNTS, import_id)
