"""The public halves of the keys of the house."""

from datetime import datetime
from typing import Literal, TypeAlias

import msgspec

from backend.kernel import Query, Statement

Purpose: TypeAlias = Literal["ca", "status", "log", "witness"]


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """A key: SubjectPublicKeyInfo, and for the authority its own certificate (DER both)."""

    purpose: Purpose
    public: bytes
    certificate: bytes | None
    made_at: datetime


FIND = Query(
    Key,
    "select purpose, public, certificate, made_at from documents.key where purpose = $1",
)

LIST = Query(
    Key,
    "select purpose, public, certificate, made_at from documents.key order by purpose limit 10",
)

# Two makers at once would each sign with a key that the other's documents do not know.
LOCK = Statement("select pg_advisory_xact_lock(hashtext('documents.key'))")

ADD = Statement(
    "insert into documents.key (purpose, public, certificate, made_at) values ($1, $2, $3, $4)"
)
