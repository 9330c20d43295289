"""Laying a staged import over the catalogue, some hundred records at a time.

All of it is one transaction. A statement of a request may take seconds and no more, so none of
them is asked to move a whole file.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from backend.kernel import Query, Statement, Transaction

_AT_ONCE: Final = 250


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a record stands in its import."""

    position: int


LAST = Query(
    Place,
    """
    select coalesce(max(position), 0) as position
      from public_services.import_record
     where import_id = $1
    """,
)

# $1 import, $2 codes left out, $3 and $4 the first and last position of now. The record of an
# abolished procedure has no body.
DECISIONS = Statement(
    """
    insert into public_services.publishing_decision (id, number, agency, effective_on)
    select distinct on (decision_number, decision_agency)
           decision_id, decision_number, decision_agency, valid_from
      from public_services.import_record
     where import_id = $1
       and position between $3 and $4
       and change in ('new', 'changed')
       and code <> all($2::text[])
        on conflict (number, agency) do nothing
    """
)

PROCEDURES = Statement(
    """
    insert into public_services.procedure (id, code, base_code)
    select procedure_id, code, nullif(left(code, 8), code)
      from public_services.import_record
     where import_id = $1
       and position between $3 and $4
       and change = 'new'
       and code <> all($2::text[])
     order by code
        on conflict (code) do update set abolished_on = null
    """
)

# A correction of the same day leaves the corrected version an empty validity.
END_VERSIONS = Statement(
    """
    update public_services.procedure_version as version
       set valid_to = staged.valid_from
      from public_services.import_record as staged
      join public_services.procedure on procedure.code = staged.code
     where staged.import_id = $1
       and staged.position between $3 and $4
       and staged.change in ('changed', 'abolished')
       and staged.code <> all($2::text[])
       and version.procedure_no = procedure.no
       and version.valid_to is null
    """
)

ABOLISH = Statement(
    """
    update public_services.procedure
       set abolished_on = staged.valid_from
      from public_services.import_record as staged
     where staged.import_id = $1
       and staged.position between $3 and $4
       and staged.change = 'abolished'
       and staged.code <> all($2::text[])
       and procedure.code = staged.code
    """
)

VERSIONS = Statement(
    """
    insert into public_services.procedure_version (
        id, procedure_no, decision_id, revision, valid_from, title, levels, kind, field_code,
        field_name, audiences, online_level, channels, free, portal_url, body, source, digest,
        import_id
    )
    select staged.version_id, procedure.no, decision.id,
           1 + (
               select count(*)
                 from public_services.procedure_version as earlier
                where earlier.procedure_no = procedure.no and earlier.decision_id = decision.id
           ),
           staged.valid_from, head.title, head.levels, head.kind, head.field_code,
           head.field_name, head.audiences, head.online_level, head.channels, head.free,
           head.portal_url, staged.body, staged.source, staged.digest, staged.import_id
      from public_services.import_record as staged
      join public_services.procedure on procedure.code = staged.code
      join public_services.publishing_decision as decision
        on decision.number = staged.decision_number and decision.agency = staged.decision_agency
     cross join jsonb_to_record(staged.head) as head (
               title text, levels text[], kind text, field_code text, field_name text,
               audiences text[], online_level text, channels text[], free boolean,
               portal_url text
           )
     where staged.import_id = $1
       and staged.position between $3 and $4
       and staged.change in ('new', 'changed')
       and staged.code <> all($2::text[])
     order by staged.code
    """
)

# What editors wrote stays: a file brings words only where there are none yet.
TEXTS = Statement(
    """
    insert into public_services.citizen_text (
        procedure_no, lang, plain_title, summary, situations
    )
    select procedure.no, 'vi', said.plain_title, said.summary, said.situations
      from public_services.import_record as staged
      join public_services.procedure on procedure.code = staged.code
     cross join jsonb_to_record(staged.citizen_text) as said (
               plain_title text, summary text, situations text[]
           )
     where staged.import_id = $1
       and staged.position between $3 and $4
       and staged.citizen_text is not null
       and staged.code <> all($2::text[])
        on conflict (procedure_no, lang) do nothing
    """
)

# Said once, and again by every file: what is known already is neither written nor told again.
SUCCESSORS = Statement(
    """
    with named as (
        select ended, array_agg(staged.code order by staged.code) as codes
          from public_services.import_record as staged
         cross join unnest(staged.replaces) as ended
         where staged.import_id = $1
           and staged.position between $3 and $4
           and staged.code <> all($2::text[])
         group by ended
    ),
    written as (
        update public_services.procedure
           set successors = array(
                   select distinct code from unnest(procedure.successors || named.codes) as code
                    order by code),
               successors_version = procedure.successors_version + 1
          from named
         where procedure.code = named.ended and not procedure.successors @> named.codes
        returning procedure.no
    )
    insert into public_services.catalogue_change (kind, procedure_no, at)
    select 'abolished', written.no, $5
      from written
     order by written.no
    """
)

CHANGES = Statement(
    """
    insert into public_services.catalogue_change (kind, procedure_no, version_id, at)
    select case staged.change when 'abolished' then 'abolished' else 'version' end,
           procedure.no, version.id, $5
      from public_services.import_record as staged
      join public_services.procedure on procedure.code = staged.code
      left join public_services.procedure_version as version on version.id = staged.version_id
     where staged.import_id = $1
       and staged.position between $3 and $4
       and staged.change <> 'unchanged'
       and staged.code <> all($2::text[])
     order by staged.code
    """
)


async def apply(
    tx: Transaction, import_id: UUID, left_out: tuple[str, ...], *, at: datetime
) -> None:
    """Make versions, ends and changes of what an import has staged."""
    last = await tx.one(LAST, import_id)
    pieces = [(first, first + _AT_ONCE - 1) for first in range(0, last.position + 1, _AT_ONCE)]
    for statement in (
        DECISIONS,
        PROCEDURES,
        END_VERSIONS,
        ABOLISH,
        VERSIONS,
        TEXTS,
    ):
        for piece in pieces:
            await tx.run(statement, import_id, left_out, *piece)
    for statement in (SUCCESSORS, CHANGES):
        for piece in pieces:
            await tx.run(statement, import_id, left_out, *piece, at)
