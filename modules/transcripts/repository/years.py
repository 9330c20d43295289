"""A school's year in sets: written, stood by, gathered to be signed."""

from uuid import UUID

import msgspec

from backend.kernel import Query, Statement
from modules.transcripts.repository.records import Row

# A sheet is closed with the key of its id, so ids are looked up before anybody writes one.
LOCK_YEAR = Statement("select pg_advisory_xact_lock(hashtextextended($1, 0))")


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """A sheet that there is."""

    id: UUID
    pupil_id: UUID


KNOWN = Query(
    Known,
    """
    select id, pupil_id
      from transcripts.record
     where agency_id = $1
       and school_year = $2
       and pupil_id = any($3::uuid[])
     limit 1000
    """,
)

WRITE = Query(
    Row,
    """
    insert into transcripts.record (
        id, agency_id, pupil_id, school_year, class_name, content_enc, written_at
    )
    select id, $1, pupil_id, $2, class_name, content_enc, $7
      from unnest($3::uuid[], $4::uuid[], $5::text[], $6::bytea[])
           as fresh (id, pupil_id, class_name, content_enc)
        on conflict (agency_id, pupil_id, school_year) do update
       set class_name = excluded.class_name,
           content = null,
           content_enc = excluded.content_enc,
           written_at = excluded.written_at
    returning id, agency_id, pupil_id, content, content_enc, document_id
    """,
)

LOCK_CLASS = Query(
    Row,
    """
    select id, agency_id, pupil_id, content, content_enc, document_id
      from transcripts.record
     where agency_id = any($1::uuid[])
       and school_year = $2
       and class_name = $3
     order by id
     limit 200
       for update
    """,
)

CONFIRM = Statement(
    """
    insert into transcripts.confirmation (record_id, subject, sha256, confirmed_by, confirmed_at)
    select record_id, subject, sha256, $4, $5
      from unnest($1::uuid[], $2::text[], $3::bytea[]) as stood_by (record_id, subject, sha256)
        on conflict (record_id, subject, sha256) do nothing
    """
)

TO_GATHER = Query(
    Row,
    """
    select id, agency_id, pupil_id, content, content_enc, document_id
      from transcripts.record
     where agency_id = $1
       and school_year = $2
       and ($3::text is null or class_name = $3)
       and document_id is null
       and id > $4
     order by id
     limit 200
    """,
)


class Before(msgspec.Struct, frozen=True, kw_only=True):
    """What a school has asked to be signed of a pupil's year before."""

    pupil_id: UUID
    document_id: UUID


BEFORE = Query(
    Before,
    """
    select pupil_id, document_id
      from transcripts.record
     where agency_id = $1
       and pupil_id = any($2::uuid[])
       and school_year = $3
       and document_id is not null
     order by pupil_id
     limit 200
    """,
)

BECAME = Statement(
    """
    update transcripts.record
       set document_id = became.document_id
      from unnest($1::uuid[], $2::uuid[]) as became (id, document_id)
     where record.id = became.id
       and record.document_id is null
    """
)

OPEN = Query(
    Row,
    """
    select id, agency_id, pupil_id, content, content_enc, document_id
      from transcripts.record
     where content is not null
     order by id
     limit 200
       for update skip locked
    """,
)

CLOSE = Statement(
    """
    update transcripts.record
       set content = null, content_enc = closed.content_enc
      from unnest($1::uuid[], $2::bytea[]) as closed (id, content_enc)
     where record.id = closed.id
    """
)
