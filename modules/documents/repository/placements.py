"""Where the status of each revision is told, which one counts, and how each is printed."""

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
    insert into documents.placement (list, place, document_id, rev, content_sha256)
    values ($1, $2, $3, $4, $5)
    """
)


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """Where a revision's status is told."""

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
    returning list, place, content_sha256
    """,
)

COUNT = Statement(
    """
    update documents.placement
       set is_current = true
     where document_id = $1
       and rev = $2
    """
)

PLACED = Query(
    Placed,
    """
    select list, place, content_sha256
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
