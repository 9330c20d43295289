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
