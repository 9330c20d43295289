"""Documents of which the law asks no longer that they be kept."""

from uuid import UUID

import msgspec

from backend.kernel import Query, Statement

KEEP_UNTIL = Statement("update documents.document set kept_until = $2 where id = $1")


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """A document whose time is over, and its hash while it was issued."""

    id: UUID


# What people are about to sign is not over, whatever was said of the revision before.
DUE = Query(
    Due,
    """
    select document.id
      from documents.document
     where document.kept_until <= $1
       and document.forgotten_at is null
       and not exists (
           select
             from documents.revision
            where revision.document_id = document.id
              and revision.state in ('draft', 'frozen', 'signing', 'sealed'))
     order by document.kept_until, document.id
     limit 100
       for update skip locked
    """,
)


class Concerned(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who may see a document."""

    document_id: UUID
    person_id: UUID


CONCERNED = Query(
    Concerned,
    """
    select document_id, person_id
      from documents.access
     where document_id = any($1::uuid[])
     order by document_id, person_id
     limit 10000
    """,
)

POSTPONE = Statement("update documents.document set kept_until = $2 where id = any($1::uuid[])")


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """The files of a revision."""

    base_sha256: bytes | None
    pdf_sha256: bytes | None


EMPTY = Query(
    Named,
    """
    update documents.revision
       set content = null, content_enc = ''
     where document_id = any($1::uuid[])
    returning base_sha256, pdf_sha256
    """,
)

FORGET_ACCESS = Statement("delete from documents.access where document_id = any($1::uuid[])")

FORGOTTEN = Statement(
    """
    update documents.document
       set forgotten_at = $2
     where id = any($1::uuid[])
    """
)
