"""Documents, their revisions and parties."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from backend.kernel import Paged, Query, Statement
from contracts.documents import Standing, State


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """That a person may see a document."""

    document_id: UUID
    person_id: UUID


ALLOW = Statement(
    """
    insert into documents.access (document_id, person_id, granted_by)
    select $1, person_id, $3
      from unnest($2::uuid[]) as fresh (person_id)
        on conflict (document_id, person_id) do nothing
    """
)

ALLOWED = Query(
    Access,
    """
    select document_id, person_id
      from documents.access
     where document_id = $1
       and person_id = $2
    """,
)

ADD = Statement(
    """
    insert into documents.document (id, code, kind, drafted_by, drafted_at)
    values ($1, $2, $3, $4, $5)
    """
)


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A document, whatever its revisions."""

    id: UUID
    code: str
    kind: str
    drafted_by: UUID
    current_rev: int | None


LOCKED = Query(
    Document,
    """
    select id, code, kind, drafted_by, current_rev
      from documents.document
     where id = $1
       for update
    """,
)


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What is being written, and who is to sign it."""

    data: dict[str, Any]
    people: dict[str, UUID]


class Live(msgspec.Struct, frozen=True, kw_only=True):
    """The revision that is on its way."""

    rev: int
    schema: str
    state: State
    data: Draft | None


LIVE = Query(
    Live,
    """
    select rev, schema, state, data
      from documents.revision
     where document_id = $1
       and state in ('draft', 'frozen', 'signing', 'sealed')
    """,
)

REWRITE = Statement(
    """
    update documents.revision
       set data = $3, schema = $4
     where document_id = $1
       and rev = $2
       and state = 'draft'
    """
)

BEGIN = Query(
    Live,
    """
    insert into documents.revision (document_id, rev, schema, state, data)
    select $1, coalesce(max(rev), 0) + 1, $2, 'draft', $3
      from documents.revision
     where document_id = $1
    returning rev, schema, state, data
    """,
)


class Digest(msgspec.Struct, frozen=True, kw_only=True):
    """The hash of a revision's bytes."""

    content_sha256: bytes


CONTENT_HASH = Query(
    Digest,
    """
    select content_sha256
      from documents.revision
     where document_id = $1
       and rev = $2
       and content_sha256 is not null
    """,
)

FREEZE = Statement(
    """
    update documents.revision
       set state = 'frozen', data = null, content = $3, content_sha256 = $4, list = $5,
           place = $6, frozen_at = $7, collect_until = $8
     where document_id = $1
       and rev = $2
       and state = 'draft'
    """
)

NAME_PARTIES = Statement(
    """
    insert into documents.party (
        document_id, rev, seq, role, person_id, subject_ref, name, turn, state
    )
    select $1, $2, seq, role, person_id, subject_ref, name, turn, 'waiting'
      from unnest($3::smallint[], $4::text[], $5::uuid[], $6::text[], $7::text[], $8::smallint[])
           as fresh (seq, role, person_id, subject_ref, name, turn)
    """
)


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """The name that certificates give a person."""

    person_id: UUID
    ref: str


KNOW = Query(
    Subject,
    """
    insert into documents.subject (person_id, ref)
    values ($1, $2)
        on conflict (person_id) do update
       set ref = subject.ref
    returning person_id, ref
    """,
)


class Revision(msgspec.Struct, frozen=True, kw_only=True):
    """A revision that was frozen: its bytes and how far it has come."""

    document_id: UUID
    rev: int
    state: State
    content: bytes
    content_sha256: bytes
    collect_until: datetime
    log_id: UUID | None


FROZEN = Query(
    Revision,
    """
    select document_id, rev, state, content, content_sha256, collect_until, log_id
      from documents.revision
     where document_id = $1
       and content is not null
     order by rev desc
     limit 1
    """,
)

CURRENT = Query(
    Revision,
    """
    select revision.document_id, revision.rev, revision.state, revision.content,
           revision.content_sha256, revision.collect_until, revision.log_id
      from documents.document
      join documents.revision on revision.document_id = document.id
                             and revision.rev = document.current_rev
     where document.id = $1
    """,
)

LOCK_COLLECTING = Query(
    Revision,
    """
    select document_id, rev, state, content, content_sha256, collect_until, log_id
      from documents.revision
     where document_id = $1
       and state in ('frozen', 'signing')
       and collect_until > $2
       for update
    """,
)


class PartyRow(msgspec.Struct, frozen=True, kw_only=True):
    """Who signs, and whether they have."""

    seq: int
    role: str
    person_id: UUID
    subject_ref: str
    turn: int
    state: str


PARTIES = Query(
    PartyRow,
    """
    select seq, role, person_id, subject_ref, turn, state
      from documents.party
     where document_id = $1
       and rev = $2
     order by seq
     limit 32
    """,
)

MARK = Statement(
    """
    update documents.party
       set state = $4
     where document_id = $1
       and rev = $2
       and seq = $3
       and state = 'waiting'
    """
)

MOVE = Statement(
    """
    update documents.revision
       set state = $3, reason = $4, log_id = $5
     where document_id = $1
       and rev = $2
    """
)

LIST = Paged(
    Standing,
    """
    select document.id as document_id, document.code, document.kind, revision.rev, revision.state
      from documents.access
      join documents.document on document.id = access.document_id
      join documents.revision on revision.document_id = document.id
                             and revision.rev = (select max(rev)
                                                   from documents.revision as latest
                                                  where latest.document_id = document.id)
     where access.person_id = $1
       and {after}
     order by access.document_id desc
     limit {limit}
    """,
    by=("access.document_id",),
    descending="newest first",
)

STANDING = Query(
    Standing,
    """
    select document.id as document_id, document.code, document.kind, revision.rev, revision.state
      from documents.document
      join documents.revision on revision.document_id = document.id
     where document.id = $1
     order by revision.rev desc
     limit 1
    """,
)

EXPIRE = Statement(
    """
    update documents.revision
       set state = 'expired'
     where state in ('frozen', 'signing')
       and collect_until <= $1
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


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """Where a revision's status is told."""

    list: int
    place: int
    content_sha256: bytes


SUPERSEDE = Query(
    Placed,
    """
    update documents.revision
       set state = 'superseded'
     where document_id = $1
       and rev = $2
       and list is not null
    returning list, place, content_sha256
    """,
)

PLACED = Query(
    Placed,
    """
    select revision.list, revision.place, revision.content_sha256
      from documents.document
      join documents.revision on revision.document_id = document.id
                             and revision.rev = document.current_rev
     where document.id = $1
       for update of document
    """,
)
