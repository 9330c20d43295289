"""Runs: what was handed in, what was found wrong with it, and the documents it has become."""

from datetime import date
from uuid import UUID

import msgspec

from backend.kernel import Paged, Query, Statement
from contracts.issuance import RunState, Wrong
from modules.documents.repository.revisions import Draft


class RunRow(msgspec.Struct, frozen=True, kw_only=True):
    """A run, without what is in it."""

    id: UUID
    kind: str
    agency_id: UUID
    name: str
    state: RunState
    begun_by: UUID | None


BEGIN = Statement(
    """
    insert into documents.issuance_run (id, kind, agency_id, name, state, begun_by, begun_at)
    values ($1, $2, $3, $4, 'gathering', $5, $6)
    """
)

RUN = Query(
    RunRow,
    """
    select id, kind, agency_id, name, state, begun_by
      from documents.issuance_run
     where id = $1
    """,
)

LOCK_RUN = Query(
    RunRow,
    """
    select id, kind, agency_id, name, state, begun_by
      from documents.issuance_run
     where id = $1
       for update
    """,
)

LIST = Paged(
    RunRow,
    """
    select id, kind, agency_id, name, state, begun_by
      from documents.issuance_run
     where agency_id = any($1::uuid[])
       and {after}
     order by id desc
     limit {limit}
    """,
    by=("id",),
    descending="newest first",
)

MOVE_RUN = Statement(
    """
    update documents.issuance_run
       set state = $2
     where id = $1
       and state = any($3::text[])
    """
)


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """How many documents of a run stand at one place."""

    state: str
    count: int


COUNT = Query(
    Counted,
    """
    select coalesce(revision.state, item.state) as state, count(*) as count
      from documents.run_item as item
      left join documents.revision on revision.document_id = item.document_id
                                  and revision.rev = 1
                                  and item.state = 'frozen'
     where item.run_id = $1
     group by 1
     order by 1
     limit 20
    """,
)


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """The number of the last item so far."""

    seq: int


LAST = Query(
    Place,
    """
    select coalesce(max(seq) + 1, 0) as seq
      from documents.run_item
     where run_id = $1
    """,
)

# A key that has a document already, or waits in another run, is passed over.
ADD = Statement(
    """
    insert into documents.run_item (
        run_id, seq, agency_id, kind, key, state, document_id, code, salt, schema, draft_enc
    )
    select $1, $2 + row_number() over (order by place) - 1, $3, $4, key, 'queued', document_id,
           code, salt, schema, draft_enc
      from unnest($5::text[], $6::uuid[], $7::text[], $8::text[], $9::text[], $10::bytea[])
           with ordinality as fresh (key, document_id, code, salt, schema, draft_enc, place)
     where not exists (select
                         from documents.document
                        where document.kind = $4
                          and document.key = fresh.key)
        on conflict (kind, key) where state <> 'refused' do nothing
    """
)


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """A document to be."""

    seq: int
    key: str
    document_id: UUID
    code: str
    salt: str
    schema: str
    draft: Draft | None
    draft_enc: bytes | None
    issued_on: date | None
    list: int | None
    place: int | None


TO_LOOK_AT = Query(
    Item,
    """
    select seq, key, document_id, code, salt, schema, draft, draft_enc, issued_on, list, place
      from documents.run_item
     where run_id = $1
       and seq >= $2
       and state = 'queued'
     order by seq
     limit 200
    """,
)

FOUND_WRONG = Statement(
    """
    update documents.run_item
       set defects = found.defects
      from jsonb_to_recordset($2::jsonb) as found (seq integer, defects jsonb)
     where run_item.run_id = $1
       and run_item.seq = found.seq
    """
)


WRONG = Query(
    Wrong,
    """
    select seq + 1 as line, key, state, defects
      from documents.run_item
     where run_id = $1
       and defects <> '[]'
     order by seq
     limit $2
    """,
)

REFUSE = Statement(
    """
    update documents.run_item
       set state = 'refused', draft = null, draft_enc = null
     where run_id = $1
       and state = 'queued'
    """
)

PART = Query(
    Item,
    """
    select seq, key, document_id, code, salt, schema, draft, draft_enc, issued_on, list, place
      from documents.run_item
     where run_id = $1
       and seq >= $2
       and seq < $3
       and state = 'queued'
     order by seq
     limit 100
    """,
)


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """An item whose document somebody has begun in another way meanwhile."""

    seq: int


TAKEN = Query(
    Taken,
    """
    select item.seq
      from documents.run_item as item
      join documents.document on document.kind = item.kind
                             and document.key = item.key
     where item.run_id = $1
       and item.seq >= $2
       and item.seq < $3
       and item.state = 'queued'
     limit 100
    """,
)

SETTLE_ON = Statement(
    """
    update documents.run_item
       set list = chosen.list, place = chosen.place, issued_on = $5
      from unnest($2::integer[], $3::integer[], $4::integer[]) as chosen (seq, list, place)
     where run_item.run_id = $1
       and run_item.seq = chosen.seq
       and run_item.list is null
    """
)

FAIL = Statement(
    """
    update documents.run_item
       set state = 'failed', draft = null, draft_enc = null, defects = $3
     where run_id = $1
       and seq = any($2::integer[])
       and state = 'queued'
    """
)

FROZEN = Statement(
    """
    update documents.run_item
       set state = 'frozen', draft = null, draft_enc = null
     where run_id = $1
       and seq = any($2::integer[])
       and state = 'queued'
    """
)

ADD_DOCUMENTS = Statement(
    """
    insert into documents.document (id, code, kind, drafted_by, agency_id, key, drafted_at)
    select id, code, $3, $5, $4, key, $6
      from unnest($1::uuid[], $2::text[], $7::text[]) as fresh (id, code, key)
    """
)

ADD_REVISIONS = Statement(
    """
    insert into documents.revision (
        document_id, rev, schema, state, content_enc, content_sha256, base_sha256, list, place,
        frozen_at, collect_until
    )
    select document_id, 1, schema, 'frozen', content_enc, content_sha256, base_sha256, list,
           place, $8, $9
      from unnest($1::uuid[], $2::text[], $3::bytea[], $4::bytea[], $5::bytea[], $6::integer[],
                  $7::integer[])
           as fresh (document_id, schema, content_enc, content_sha256, base_sha256, list, place)
    """
)

ADD_PLACEMENTS = Statement(
    """
    insert into documents.placement (list, place, document_id, rev, content_sha256, code, kind)
    select list, place, document_id, 1, content_sha256, code, $6
      from unnest($1::integer[], $2::integer[], $3::uuid[], $4::bytea[], $5::text[])
           as fresh (list, place, document_id, content_sha256, code)
    """
)

ADD_PARTIES = Statement(
    """
    insert into documents.party (
        document_id, rev, seq, role, person_id, subject_ref, turn, required, organisation, state
    )
    select document_id, 1, seq, role, person_id, subject_ref, turn, required, organisation,
           'waiting'
      from unnest($1::uuid[], $2::smallint[], $3::text[], $4::uuid[], $5::text[], $6::smallint[],
                  $7::boolean[], $8::boolean[])
           as fresh (document_id, seq, role, person_id, subject_ref, turn, required, organisation)
    """
)

ADD_ACCESS = Statement(
    """
    insert into documents.access (document_id, person_id, granted_by, relation, sees)
    select document_id, person_id, $5, relation, sees
      from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[])
           as fresh (document_id, person_id, relation, sees)
        on conflict (document_id, person_id) do nothing
    """
)
