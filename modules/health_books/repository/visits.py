"""Visits, and the entries of their revisions."""

from typing import Any, Literal
from uuid import UUID

import msgspec

from backend.kernel import Paged, Query, Statement


class VisitRow(msgspec.Struct, frozen=True, kw_only=True):
    """A visit whose document is known."""

    id: UUID
    person_id: UUID
    document_id: UUID
    encounter_id: str
    kind: Literal["health.visit", "health.checkup"]
    issued_rev: int | None


OF_ENCOUNTER = Query(
    VisitRow,
    """
    select id, person_id, document_id, encounter_id, kind, issued_rev
      from health_books.visit
     where agency_id = $1
       and encounter_id = $2
       for update
    """,
)

ADD = Query(
    VisitRow,
    """
    insert into health_books.visit (
        id, agency_id, person_id, encounter_id, document_id, kind, filed_at
    )
    values ($1, $2, $3, $4, $5, $6, $7)
    returning id, person_id, document_id, encounter_id, kind, issued_rev
    """,
)

DROP_ITEMS = Statement("delete from health_books.item where visit_id = $1 and rev = $2")

ADD_ITEMS = Statement(
    """
    insert into health_books.item (
        id, visit_id, rev, person_id, agency_id, kind, sensitivity, body_enc
    )
    select id, $1, $2, $3, $4, kind, string_to_array(marks, ' '), body_enc
      from unnest($5::uuid[], $6::text[], $7::text[], $8::bytea[])
           as fresh (id, kind, marks, body_enc)
    """
)

ISSUED = Statement(
    """
    update health_books.visit
       set issued_rev = $2
     where document_id = $1
       and (issued_rev is null or issued_rev < $2)
    """
)


class ItemRow(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of a visit, closed with the key of the visit.

    Those of before lie open until `health_books.close-older` has come by.
    """

    id: UUID
    visit_id: UUID
    kind: str
    body: dict[str, Any] | None
    body_enc: bytes | None


# Whoever asks gets what the policies let them see, and of that what is wanted.
SEEN = Query(
    ItemRow,
    """
    select item.id, item.visit_id, item.kind, item.body, item.body_enc
      from health_books.item
      join health_books.visit on visit.id = item.visit_id
                             and visit.issued_rev = item.rev
     where item.person_id = $1
       and item.sensitivity <@ $2::text[]
     order by item.visit_id, item.id
     limit 5000
    """,
)


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """The document of a visit."""

    id: UUID
    document_id: UUID


PAPERS = Query(
    Paper,
    """
    select id, document_id
      from health_books.visit
     where id = any($1::uuid[])
       and issued_rev is not null
     order by id
     limit 1000
    """,
)

MINE = Paged(
    VisitRow,
    """
    select id, person_id, document_id, encounter_id, kind, issued_rev
      from health_books.visit
     where person_id = $1
       and issued_rev is not null
       and {after}
     order by id desc
     limit {limit}
    """,
    by=("id",),
    descending="newest first",
)

OPEN = Query(
    ItemRow,
    """
    select id, visit_id, kind, body, body_enc
      from health_books.item
     where body is not null
     order by id
     limit 500
       for update skip locked
    """,
)

CLOSE = Statement(
    """
    update health_books.item
       set body = null, body_enc = closed.body_enc
      from unnest($1::uuid[], $2::bytea[]) as closed (id, body_enc)
     where item.id = closed.id
    """
)
