"""Statements about what documents keep of one person."""

from datetime import datetime
from uuid import UUID

import msgspec

from backend.kernel import Query, Statement


class OwnPaper(msgspec.Struct, frozen=True, kw_only=True):
    """A document that a person is a party to, or may see."""

    document_id: UUID
    code: str
    kind: str
    drafted_at: datetime


class Readable(msgspec.Struct, frozen=True, kw_only=True):
    """A document that a person may read, and its newest revision that is frozen."""

    code: str
    document_id: UUID
    rev: int


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A document by its id."""

    document_id: UUID


READABLE = Query(
    Readable,
    """
    select distinct on (document.id) document.code, document.id as document_id, revision.rev
      from documents.access
      join documents.document on document.id = access.document_id
      join documents.revision
        on revision.document_id = document.id and revision.content_sha256 is not null
     where access.person_id = $1 and access.sees = 'full'
     order by document.id, revision.rev desc
     limit 10000
    """,
)

OF_PERSON = Query(
    OwnPaper,
    """
    select document.id as document_id, document.code, document.kind, document.drafted_at
      from documents.document
     where exists (
           select
             from documents.access
            where access.document_id = document.id and access.person_id = $1)
     order by document.drafted_at, document.id
     limit 10000
    """,
)

# A draft that was never asked to be signed is nobody's evidence: the drafter's own words.
ABANDONED = Query(
    Held,
    """
    select document.id as document_id
      from documents.document
     where document.drafted_by = $1
       and not exists (
           select
             from documents.revision
            where revision.document_id = document.id
              and revision.content_sha256 is not null)
     order by document.id
     limit 10000
    """,
)

HELD = Query(
    Held,
    """
    select document.id as document_id
      from documents.access
      join documents.document on document.id = access.document_id
      join documents.revision on revision.document_id = document.id
     where access.person_id = $1
       and revision.content_sha256 is not null
     limit 1
    """,
)

FORGET_REVISIONS = Statement("delete from documents.revision where document_id = any($1::uuid[])")
FORGET_DOCUMENTS = Statement("delete from documents.document where id = any($1::uuid[])")
FORGET_ACCESS = Statement("delete from documents.access where document_id = any($1::uuid[])")
FORGET_ENROLMENTS = Statement("delete from documents.enrolment where person_id = $1")
MOVE_ACCESS = Statement("""
    update documents.access as held
       set person_id = $2
     where held.person_id = $1
       and not exists (
           select
             from documents.access as other
            where other.document_id = held.document_id and other.person_id = $2)
""")
DROP_ACCESS = Statement("delete from documents.access where person_id = $1")

# An account that becomes another's never had a proven identity, so it never signed nor shared; but
# others may have named it.
MOVE_PARTY = Statement("update documents.party set person_id = $2 where person_id = $1")
MOVE_SUBJECT = Statement("""
    update documents.subject as named
       set person_id = $2
     where named.person_id = $1
       and not exists (select from documents.subject as other where other.person_id = $2)
""")
DROP_SUBJECT = Statement("delete from documents.subject where person_id = $1")
MOVE_CERTIFICATE = Statement("update documents.certificate set person_id = $2 where person_id = $1")
MOVE_SESSION = Statement("""
    update documents.signing_session
       set person_id = $2
     where person_id = $1
""")
FREE_LEASE = Statement("delete from documents.lease where person_id = $1")
