"""What still lies open of the time before documents had keys, and files that no row names."""

from typing import Final
from uuid import UUID

import msgspec

from backend.kernel import Query, Statement
from modules.documents.repository.revisions import Draft


class OpenDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A draft that lies open."""

    document_id: UUID
    rev: int
    data: Draft


OPEN_DRAFTS: Final = Query(
    OpenDraft,
    """
    select document_id, rev, data
      from documents.revision
     where data is not null
     order by document_id, rev
     limit 100
       for update skip locked
    """,
)

CLOSE_DRAFTS: Final = Statement(
    """
    update documents.revision
       set data = null, draft_enc = closed.draft_enc
      from unnest($1::uuid[], $2::smallint[], $3::bytea[]) as closed (document_id, rev, draft_enc)
     where revision.document_id = closed.document_id
       and revision.rev = closed.rev
    """
)


class OpenItem(msgspec.Struct, frozen=True, kw_only=True):
    """A document to be, of which the words lie open."""

    run_id: UUID
    seq: int
    document_id: UUID
    draft: Draft


OPEN_ITEMS: Final = Query(
    OpenItem,
    """
    select run_id, seq, document_id, draft
      from documents.run_item
     where draft is not null
     order by run_id, seq
     limit 100
       for update skip locked
    """,
)

CLOSE_ITEMS: Final = Statement(
    """
    update documents.run_item
       set draft = null, draft_enc = closed.draft_enc
      from unnest($1::uuid[], $2::integer[], $3::bytea[]) as closed (run_id, seq, draft_enc)
     where run_item.run_id = closed.run_id
       and run_item.seq = closed.seq
    """
)


class OpenContent(msgspec.Struct, frozen=True, kw_only=True):
    """A frozen revision that lies open, with its files."""

    document_id: UUID
    rev: int
    content: bytes
    base_sha256: bytes | None
    pdf_sha256: bytes | None


OPEN_CONTENTS: Final = Query(
    OpenContent,
    """
    select document_id, rev, content, base_sha256, pdf_sha256
      from documents.revision
     where content is not null
     order by document_id, rev
     limit 100
    """,
)

# Where a file came to it meanwhile, the next round closes both.
CLOSE_CONTENTS: Final = Statement(
    """
    update documents.revision
       set content = null, content_enc = closed.content_enc
      from unnest($1::uuid[], $2::smallint[], $3::bytea[], $4::bytea[])
           as closed (document_id, rev, content_enc, pdf_sha256)
     where revision.document_id = closed.document_id
       and revision.rev = closed.rev
       and revision.content is not null
       and revision.pdf_sha256 is not distinct from closed.pdf_sha256
    """
)

FORGET_NAMES: Final = Statement(
    """
    update documents.party
       set name = ''
      from unnest($1::uuid[], $2::smallint[]) as closed (document_id, rev)
     where party.document_id = closed.document_id
       and party.rev = closed.rev
       and party.name <> ''
    """
)


class Orphan(msgspec.Struct, frozen=True, kw_only=True):
    """A file by its hash that nobody needs."""

    sha256: bytes


UNNAMED: Final = Query(
    Orphan,
    """
    select found.sha256
      from unnest($1::bytea[]) as found (sha256)
     where not exists (select
                         from documents.revision
                        where revision.pdf_sha256 = found.sha256
                          and (revision.content is not null or not $2))
       and not exists (select
                         from documents.revision
                        where revision.base_sha256 = found.sha256
                          and (revision.content is not null or not $2))
     limit 10000
    """,
)
