"""Documents, their revisions and parties."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from backend.kernel import Paged, Query, Statement
from contracts.documents import LinkTo, Reader, Standing, State


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """How somebody may see a document: as a person named there, or as an officer of its agency."""

    document_id: UUID
    person_id: UUID | None
    agency_id: UUID | None
    relation: str | None
    sees: Literal["full", "summary"]


ALLOW = Statement(
    """
    insert into documents.access (document_id, person_id, granted_by, relation, sees)
    select $1, person_id, $2, relation, sees
      from unnest($3::uuid[], $4::text[], $5::text[]) as fresh (person_id, relation, sees)
        on conflict (document_id, person_id) do update
       set relation = 'holder', sees = 'full'
     where excluded.relation = 'holder'
    """
)

# The database knows whom the caller represents; the transaction does from its first statement on.
ALLOWED = Query(
    Access,
    """
    select document.id as document_id, access.person_id, document.agency_id, access.relation,
           coalesce(access.sees, 'full') as sees
      from documents.document
      left join documents.access on access.document_id = document.id
                                and (access.person_id = $2
                                     or access.person_id = any(tinhs.subjects()))
     where document.id = $1
     order by sees
     limit 1
    """,
)


class Holders(msgspec.Struct, frozen=True, kw_only=True):
    """Whose document it is."""

    person_ids: tuple[UUID, ...]


HOLDERS = Query(Holders, "select documents.holders($1) as person_ids")

# Nothing is touched when there is one under that key already.
ADD = Statement(
    """
    insert into documents.document (id, code, kind, drafted_by, agency_id, key, drafted_at)
    values ($1, $2, $3, $4, $5, $6, $7)
        on conflict (kind, key) where key is not null do nothing
    """
)


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A document, whatever its revisions."""

    id: UUID
    code: str
    kind: str
    drafted_by: UUID | None
    agency_id: UUID | None
    current_rev: int | None


LOCKED = Query(
    Document,
    """
    select id, code, kind, drafted_by, agency_id, current_rev
      from documents.document
     where id = $1
       for update
    """,
)


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
       set data = $3, schema = $4, amends_because = coalesce($5, amends_because)
     where document_id = $1
       and rev = $2
       and state = 'draft'
    """
)

BEGIN = Query(
    Live,
    """
    insert into documents.revision (document_id, rev, schema, state, data, amends_because)
    select $1, coalesce(max(rev), 0) + 1, $2, 'draft', $3, $4
      from documents.revision
     where document_id = $1
    returning rev, schema, state, data
    """,
)


FREEZE = Statement(
    """
    update documents.revision
       set state = 'frozen', data = null, content = $3, content_sha256 = $4, base_sha256 = $5,
           list = $6, place = $7, frozen_at = $8, collect_until = $9
     where document_id = $1
       and rev = $2
       and state = 'draft'
    """
)

NAME_PARTIES = Statement(
    """
    insert into documents.party (
        document_id, rev, seq, role, person_id, subject_ref, name, turn, required, organisation,
        state
    )
    select $1, $2, seq, role, person_id, subject_ref, name, turn, required, organisation, 'waiting'
      from unnest($3::smallint[], $4::text[], $5::uuid[], $6::text[], $7::text[], $8::smallint[],
                  $9::boolean[], $10::boolean[])
           as fresh (seq, role, person_id, subject_ref, name, turn, required, organisation)
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
    select person_id, ref
      from unnest($1::uuid[], $2::text[]) as fresh (person_id, ref)
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
    base_sha256: bytes | None
    pdf_sha256: bytes | None
    collect_until: datetime
    log_id: UUID | None


FROZEN = Query(
    Revision,
    """
    select document_id, rev, state, content, content_sha256, base_sha256, pdf_sha256,
           collect_until, log_id
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
           revision.content_sha256, revision.base_sha256, revision.pdf_sha256,
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
    select document_id, rev, state, content, content_sha256, base_sha256, pdf_sha256,
           collect_until, log_id
      from documents.revision
     where document_id = $1
       and rev = $2
       and content is not null
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
       and content is not null
       and {after}
     order by rev desc
     limit {limit}
    """,
    by=("rev",),
    descending="newest first",
)

LOCK_COLLECTING = Query(
    Revision,
    """
    select document_id, rev, state, content, content_sha256, base_sha256, pdf_sha256,
           collect_until, log_id
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
    name: str
    turn: int
    required: bool
    organisation: bool
    state: str


PARTIES = Query(
    PartyRow,
    """
    select seq, role, person_id, subject_ref, name, turn, required, organisation, state
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
       set state = $3, reason = $4
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
       and (revision.state <> 'draft' or document.drafted_by = $1)
       and {after}
     order by access.document_id desc
     limit {limit}
    """,
    by=("access.document_id",),
    descending="newest first",
)

LIST_OF_AGENCY = Paged(
    Standing,
    """
    select document.id as document_id, document.code, document.kind, revision.rev, revision.state
      from documents.document
      join documents.revision on revision.document_id = document.id
                             and revision.rev = (select max(rev)
                                                   from documents.revision as latest
                                                  where latest.document_id = document.id)
     where document.agency_id = any($1::uuid[])
       and {after}
     order by revision.document_id desc
     limit {limit}
    """,
    by=("revision.document_id",),
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

STANDING_OF_KEY = Query(
    Standing,
    """
    select document.id as document_id, document.code, document.kind, revision.rev, revision.state
      from documents.document
      join documents.revision on revision.document_id = document.id
     where document.kind = $1
       and document.key = $2
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
