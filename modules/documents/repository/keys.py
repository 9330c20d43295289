"""The public halves of the keys of the house."""

from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID

import msgspec

from backend.kernel import Paged, Query, Statement

Purpose: TypeAlias = Literal[
    "ca",
    "tsa",
    "ocsp",
    "status",
    "log",
    "witness",
    "seal",
    "qr",
    "vc",
    "receipt",
    "stamp",
    "certificate",
    "manifest",
    "recognition",
    "edoc",
]


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """A key: SubjectPublicKeyInfo, and its certificate where it has one (DER both).

    `owner` is an organisation's id, or empty for the house; `reference` is how the store of keys
    knows the private part.
    """

    id: UUID
    purpose: Purpose
    owner: str
    public: bytes
    certificate: bytes | None
    reference: str | None
    made_at: datetime
    retired_at: datetime | None


FIND = Query(
    Key,
    """
    select id, purpose, owner, public, certificate, reference, made_at, retired_at
      from documents.key
     where purpose = $1
       and owner = $2
       and retired_at is null
    """,
)

# The one in use first: what an older one has signed is still to be verified.
LIST = Query(
    Key,
    """
    select id, purpose, owner, public, certificate, reference, made_at, retired_at
      from documents.key
     where purpose = any($1::text[])
     order by purpose, owner, retired_at desc nulls first
     limit 10000
    """,
)

PAGE = Paged(
    Key,
    """
    select id, purpose, owner, public, certificate, reference, made_at, retired_at
      from documents.key
     where {after}
     order by id
     limit {limit}
    """,
    by=("id",),
)

# Two makers at once would each sign with a key that the other's documents do not know.
LOCK = Statement("select pg_advisory_xact_lock(hashtext('documents.key'))")

ADD = Statement(
    """
    insert into documents.key (id, purpose, owner, public, certificate, reference, made_at)
    values ($1, $2, $3, $4, $5, $6, $7)
    """
)

RETIRE = Query(
    Key,
    """
    update documents.key
       set retired_at = $2
     where id = $1
       and retired_at is null
       and purpose <> 'ca'
    returning id, purpose, owner, public, certificate, reference, made_at, retired_at
    """,
)
