"""From signed by everybody to issued, and from issued to superseded."""

from uuid import UUID

import msgspec

from backend.kernel import Query, Statement

SEAL = Statement(
    """
    update documents.revision
       set state = 'sealed', pdf_sha256 = $3, log_id = $4
     where document_id = $1
       and rev = $2
       and state = 'signing'
    """
)


class Covered(msgspec.Struct, frozen=True, kw_only=True):
    """A sealed revision that a signed log holds."""

    document_id: UUID
    kind: str
    rev: int
    content_sha256: bytes
    previous: int | None


COVERED = Query(
    Covered,
    """
    select revision.document_id, document.kind, revision.rev, revision.content_sha256,
           document.current_rev as previous
      from documents.revision
      join documents.log_entry on log_entry.id = revision.log_id
      join documents.document on document.id = revision.document_id
     where revision.state = 'sealed'
       and log_entry.idx < $1
     order by log_entry.idx
     limit 1000
       for update of revision, document
    """,
)

ISSUE = Statement(
    """
    update documents.revision
       set state = 'issued', issued_at = $3
     where document_id = $1
       and rev = $2
    """
)

SUCCEED = Statement("update documents.document set current_rev = $2 where id = $1")


SUPERSEDE = Statement(
    """
    update documents.revision
       set state = 'superseded'
     where document_id = $1
       and rev = $2
    """
)
