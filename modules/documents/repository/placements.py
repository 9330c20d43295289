"""Where the status of each revision is told, which one counts, and how each is printed."""

from datetime import datetime
from uuid import UUID

import msgspec

from backend.kernel import Query, Statement


class Digest(msgspec.Struct, frozen=True, kw_only=True):
    """The hash of the bytes of the revision that counts."""

    content_sha256: bytes


CURRENT_HASH = Query(
    Digest,
    """
    select content_sha256
      from documents.placement
     where document_id = $1
       and is_current
    """,
)

PLACE = Statement(
    """
    insert into documents.placement (list, place, document_id, rev, content_sha256, code, kind)
    values ($1, $2, $3, $4, $5, $6, $7)
    """
)


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """Where a revision's status is told."""

    rev: int
    list: int
    place: int
    content_sha256: bytes


DISPLACE = Query(
    Placed,
    """
    update documents.placement
       set is_current = false
     where document_id = $1
       and is_current
    returning rev, list, place, content_sha256
    """,
)

COUNT = Statement(
    """
    update documents.placement
       set is_current = true, issued_at = $3
      from unnest($1::uuid[], $2::smallint[]) as covered (document_id, rev)
     where placement.document_id = covered.document_id
       and placement.rev = covered.rev
    """
)

PLACED = Query(
    Placed,
    """
    select rev, list, place, content_sha256
      from documents.placement
     where document_id = $1
       and is_current
       for update
    """,
)

KEEP_FORM = Statement(
    """
    insert into documents.form (sha256, sources)
    values ($1, $2)
        on conflict (sha256) do nothing
    """
)


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """A printed form, by its hash."""

    sha256: str
    sources: dict[str, str]


FORM = Query(Form, "select sha256, sources from documents.form where sha256 = $1")

FORMS = Query(Form, "select sha256, sources from documents.form order by sha256 limit 1000")


class Public(msgspec.Struct, frozen=True, kw_only=True):
    """What anybody may learn of a document who has its number, code or hash."""

    document_id: UUID
    rev: int
    code: str
    kind: str
    list: int
    place: int
    issued_at: datetime


BY_ID = Query(
    Public,
    """
    select document_id, rev, code, kind, list, place, issued_at
      from documents.placement
     where document_id = $1
       and is_current
       and code is not null
    """,
)

BY_CODE = Query(
    Public,
    """
    select document_id, rev, code, kind, list, place, issued_at
      from documents.placement
     where code = $1
       and is_current
    """,
)

BY_HASH = Query(
    Public,
    """
    select placement.document_id, placement.rev, placement.code, placement.kind, placement.list,
           placement.place, placement.issued_at
      from documents.placement
     where placement.issued_at is not null
       and (placement.content_sha256 = $1
            or (placement.list, placement.place) in (
                select issued_file.list, issued_file.place
                  from documents.issued_file
                 where issued_file.sha256 = $1))
     limit 1
    """,
)
