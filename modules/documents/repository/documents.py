"""Documents: who may see each, how it stands, and by what name certificates call people."""

from typing import Literal
from uuid import UUID

import msgspec

from backend.kernel import Paged, Query, Statement
from contracts.documents import Standing


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


class Visible(msgspec.Struct, frozen=True, kw_only=True):
    """A document that is there for the caller."""

    document_id: UUID


VISIBLE = Query(
    Visible,
    """
    select id as document_id
      from documents.document
     where id = any($1::uuid[])
     limit 100
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
