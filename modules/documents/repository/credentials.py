"""Credentials derived from documents: their places in the status lists, and how they end."""

from datetime import datetime
from uuid import UUID

import msgspec

from backend.kernel import Paged, Query, Statement


class Derived(msgspec.Struct, frozen=True, kw_only=True):
    """A credential, by the hash of its issuer's part, and where its status is told."""

    id: UUID
    list: int
    place: int
    sha256: bytes


ADD = Statement(
    """
    insert into documents.credential (
        id, document_id, rev, share_id, list, place, sha256, issued_at, expires_at
    )
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    """
)

# Those of a revision that was superseded stay so, whatever becomes of the next one.
LIVE = Query(
    Derived,
    """
    select id, list, place, sha256
      from documents.credential
     where document_id = $1
       and rev = $2
       and expires_at > $3
       and withdrawn_at is null
     order by id
     limit 10000
    """,
)


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """How many there are."""

    count: int


KEPT_BY_HOLDER = Query(
    Count,
    """
    select count(*)::integer as count
      from documents.credential
     where document_id = $1
       and share_id is null
       and expires_at > $2
       and withdrawn_at is null
    """,
)


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A credential of a document of yours, on a device that you chose."""

    id: UUID
    issued_at: datetime
    expires_at: datetime
    withdrawn_at: datetime | None


LIST = Paged(
    Kept,
    """
    select id, issued_at, expires_at, withdrawn_at
      from documents.credential
     where document_id = $1
       and share_id is null
       and expires_at > $2
       and {after}
     order by id desc
     limit {limit}
    """,
    by=("id",),
    descending="newest first",
)

WITHDRAW = Query(
    Derived,
    """
    update documents.credential
       set withdrawn_at = $3
     where document_id = $1
       and id = $2
       and share_id is null
       and withdrawn_at is null
    returning id, list, place, sha256
    """,
)

WITHDRAW_SHARED = Query(
    Derived,
    """
    update documents.credential
       set withdrawn_at = $2
     where share_id = $1
       and withdrawn_at is null
    returning id, list, place, sha256
    """,
)

# One at a time for a document, so that no more are given out than are allowed.
LOCK = Statement("select pg_advisory_xact_lock(hashtext($1))")
