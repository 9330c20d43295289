"""From signed by everybody to issued, and from issued to superseded."""

from uuid import UUID

import msgspec

from backend.kernel import Query, Statement


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
      from unnest($1::uuid[], $2::smallint[]) as covered (document_id, rev)
     where revision.document_id = covered.document_id
       and revision.rev = covered.rev
    """
)

SUCCEED = Statement(
    """
    update documents.document
       set current_rev = covered.rev
      from unnest($1::uuid[], $2::smallint[]) as covered (document_id, rev)
     where document.id = covered.document_id
    """
)

SUPERSEDE = Statement(
    """
    update documents.revision
       set state = 'superseded'
     where document_id = $1
       and rev = $2
    """
)
