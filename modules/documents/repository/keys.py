"""The public halves of the keys of the house."""

from datetime import datetime
from typing import Literal, TypeAlias

import msgspec

from backend.kernel import Query, Statement

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

    `owner` is an organisation's id, or empty for the house.
    """

    purpose: Purpose
    owner: str
    public: bytes
    certificate: bytes | None
    made_at: datetime


FIND = Query(
    Key,
    """
    select purpose, owner, public, certificate, made_at
      from documents.key
     where purpose = $1
       and owner = $2
    """,
)

LIST = Query(
    Key,
    """
    select purpose, owner, public, certificate, made_at
      from documents.key
     where purpose = any($1::text[])
     order by purpose, owner
     limit 1000
    """,
)

# Two makers at once would each sign with a key that the other's documents do not know.
LOCK = Statement("select pg_advisory_xact_lock(hashtext('documents.key'))")

ADD = Statement(
    """
    insert into documents.key (purpose, owner, public, certificate, made_at)
    values ($1, $2, $3, $4, $5)
    """
)
