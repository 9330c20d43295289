"""Revisions: what is being written, what was frozen, and how far each has come.

Drafts and contents lie closed, with the key of their document. Those of before lie open until
`documents.close-older` has come by.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from backend.kernel import Paged, Query, Statement
from contracts.documents import LinkTo, Reader, State


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What is being written, who is to sign it, who may read it, and what it rests on."""

    data: dict[str, Any]
    people: dict[str, UUID]
    readers: tuple[Reader, ...] = ()
    links: tuple[LinkTo, ...] = ()


class Live(msgspec.Struct, frozen=True, kw_only=True):
    """The revision that is on its way."""

    rev: int
    schema: str
    state: State
    data: Draft | None
    draft_enc: bytes | None


LIVE = Query(
    Live,
    """
    select rev, schema, state, data, draft_enc
      from documents.revision
     where document_id = $1
       and state in ('draft', 'frozen', 'signing', 'sealed')
    """,
)

REWRITE = Statement(
    """
    update documents.revision
       set draft_enc = $3, data = null, schema = $4,
           amends_because = coalesce($5, amends_because)
     where document_id = $1
       and rev = $2
       and state = 'draft'
    """
)

BEGIN = Query(
    Live,
    """
    insert into documents.revision (document_id, rev, schema, state, draft_enc, amends_because)
    select $1, coalesce(max(rev), 0) + 1, $2, 'draft', $3, $4
      from documents.revision
     where document_id = $1
    returning rev, schema, state, data, draft_enc
    """,
)


FREEZE = Statement(
    """
    update documents.revision
       set state = 'frozen', data = null, draft_enc = null, content_enc = $3,
           content_sha256 = $4, base_sha256 = $5, list = $6, place = $7, frozen_at = $8,
           collect_until = $9
     where document_id = $1
       and rev = $2
       and state = 'draft'
    """
)

# No person signs it: what waits is the organisation's seal.
LEAVE_TO_THE_HOUSE = Statement(
    """
    update documents.revision
       set state = 'signing'
     where document_id = $1
       and rev = $2
       and state = 'frozen'
    """
)


class Revision(msgspec.Struct, frozen=True, kw_only=True):
    """A revision that was frozen: its bytes, closed, and how far it has come."""

    document_id: UUID
    rev: int
    state: State
    content: bytes | None
    content_enc: bytes | None
    content_sha256: bytes
    base_sha256: bytes | None
    pdf_sha256: bytes | None
    collect_until: datetime
    log_id: UUID | None


FROZEN = Query(
    Revision,
    """
    select document_id, rev, state, content, content_enc, content_sha256, base_sha256, pdf_sha256,
           collect_until, log_id
      from documents.revision
     where document_id = $1
       and content_sha256 is not null
     order by rev desc
     limit 1
    """,
)

CURRENT = Query(
    Revision,
    """
    select revision.document_id, revision.rev, revision.state, revision.content,
           revision.content_enc, revision.content_sha256, revision.base_sha256, revision.pdf_sha256,
           revision.collect_until, revision.log_id
      from documents.document
      join documents.revision on revision.document_id = document.id
                             and revision.rev = document.current_rev
     where document.id = $1
    """,
)

REVISION = Query(
    Revision,
    """
    select document_id, rev, state, content, content_enc, content_sha256, base_sha256, pdf_sha256,
           collect_until, log_id
      from documents.revision
     where document_id = $1
       and rev = $2
       and content_sha256 is not null
    """,
)


THESE = Query(
    Revision,
    """
    select revision.document_id, revision.rev, revision.state, revision.content,
           revision.content_enc, revision.content_sha256, revision.base_sha256, revision.pdf_sha256,
           revision.collect_until, revision.log_id
      from unnest($1::uuid[], $2::smallint[]) as wanted (document_id, rev)
      join documents.revision on revision.document_id = wanted.document_id
                             and revision.rev = wanted.rev
     where revision.content_sha256 is not null
     limit 100
    """,
)


class Amendment(msgspec.Struct, frozen=True, kw_only=True):
    """A revision that was frozen: where it stands, since when, and why it was begun.

    `because` is null for the first one; `reason` is why it was declined.
    """

    rev: int
    state: State
    content_sha256: str
    frozen_at: datetime
    issued_at: datetime | None
    because: str | None
    reason: str | None


REVISIONS = Paged(
    Amendment,
    """
    select rev, state, encode(content_sha256, 'hex') as content_sha256, frozen_at, issued_at,
           amends_because as because, reason
      from documents.revision
     where document_id = $1
       and content_sha256 is not null
       and {after}
     order by rev desc
     limit {limit}
    """,
    by=("rev",),
    descending="newest first",
)

# In one order, so that two who sign the same documents wait for each other in turn.
LOCK_COLLECTING = Query(
    Revision,
    """
    select document_id, rev, state, content, content_enc, content_sha256, base_sha256, pdf_sha256,
           collect_until, log_id
      from documents.revision
     where document_id = any($1::uuid[])
       and state in ('frozen', 'signing')
       and collect_until > $2
     order by document_id
     limit 100
       for update
    """,
)

DECLINE = Statement(
    """
    update documents.revision
       set state = 'declined', reason = $3
     where document_id = $1
       and rev = $2
    """
)

BEGIN_SIGNING = Statement(
    """
    update documents.revision
       set state = 'signing', reason = null
      from unnest($1::uuid[], $2::smallint[]) as signed (document_id, rev)
     where revision.document_id = signed.document_id
       and revision.rev = signed.rev
    """
)

EXPIRE = Statement(
    """
    update documents.revision
       set state = 'expired'
     where state in ('frozen', 'signing')
       and collect_until <= $1
    """
)
