"""Records that are being written, and who stands by them."""

from datetime import datetime
from uuid import UUID

import msgspec

from backend.kernel import Paged, Query, Statement
from modules.transcripts.model.content import AnyYear


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A school's sheet for one pupil and one year, closed with a key of its own.

    Those of before lie open until `transcripts.close-older` has come by.
    """

    id: UUID
    agency_id: UUID
    pupil_id: UUID
    content: AnyYear | None
    content_enc: bytes | None
    document_id: UUID | None


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a class's list: no name, no mark."""

    id: UUID
    agency_id: UUID
    pupil_id: UUID
    school_year: str
    class_name: str
    document_id: UUID | None


READ = Query(
    Row,
    """
    select id, agency_id, pupil_id, content, content_enc, document_id
      from transcripts.record
     where id = $1
    """,
)

LOCK = Query(
    Row,
    """
    select id, agency_id, pupil_id, content, content_enc, document_id
      from transcripts.record
     where id = $1
       for update
    """,
)

OF_SCHOOL = Query(
    Row,
    """
    select id, agency_id, pupil_id, content, content_enc, document_id
      from transcripts.record
     where agency_id = $1
       and pupil_id = $2
     order by school_year
     limit 20
    """,
)

LIST = Paged(
    Entry,
    """
    select id, agency_id, pupil_id, school_year, class_name, document_id
      from transcripts.record
     where agency_id = any($1::uuid[])
       and ($2::text is null or school_year = $2)
       and ($3::text is null or class_name = $3)
       and {after}
     order by id desc
     limit {limit}
    """,
    by=("id",),
    descending="newest first",
)

YEAR_BEFORE = Query(
    Entry,
    """
    select id, agency_id, pupil_id, school_year, class_name, document_id
      from transcripts.record
     where agency_id = $1
       and pupil_id = $2
       and school_year = $3
       and document_id is not null
    """,
)

ISSUED_AS = Statement("update transcripts.record set document_id = $2 where id = $1")


class Confirmation(msgspec.Struct, frozen=True, kw_only=True):
    """That somebody stood by these words of a subject."""

    record_id: UUID
    subject: str
    confirmed_at: datetime


CONFIRM = Statement(
    """
    insert into transcripts.confirmation (record_id, subject, sha256, confirmed_by, confirmed_at)
    select $1, subject, sha256, $4, $5
      from unnest($2::text[], $3::bytea[]) as stood_by (subject, sha256)
        on conflict (record_id, subject, sha256) do nothing
    """
)

CONFIRMED = Query(
    Confirmation,
    """
    select confirmation.record_id, confirmation.subject, confirmation.confirmed_at
      from unnest($1::uuid[], $2::text[], $3::bytea[]) as said (record_id, subject, sha256)
      join transcripts.confirmation on confirmation.record_id = said.record_id
                                   and confirmation.subject = said.subject
                                   and confirmation.sha256 = said.sha256
     limit 6000
    """,
)
