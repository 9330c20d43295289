"""Certificates of devices, from their issue to their revocation."""

from datetime import datetime

import msgspec

from backend.kernel import Query, Statement


class Issued(msgspec.Struct, frozen=True, kw_only=True):
    """That the authority has given a certificate of this serial number."""

    serial: str


ISSUED = Query(
    Issued,
    "select serial from documents.issued_serial where serial = $1",
)

GIVEN = Statement(
    """
    insert into documents.issued_serial (serial)
    values ($1)
        on conflict (serial) do nothing
    """
)


class Revoked(msgspec.Struct, frozen=True, kw_only=True):
    """That a certificate was revoked."""

    serial: str
    fingerprint: bytes
    revoked_at: datetime


REVOKED = Query(
    Revoked,
    """
    select serial, fingerprint, revoked_at
      from documents.revoked_certificate
     where serial = $1
    """,
)

ALL_REVOKED = Query(
    Revoked,
    """
    select serial, fingerprint, revoked_at
      from documents.revoked_certificate
     order by serial
     limit 100000
    """,
)


class Own(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate of one of the caller's devices, or of a key that a provider keeps for them."""

    fingerprint: bytes
    der: bytes
    valid_until: datetime
    revoked_at: datetime | None
    provider: str | None


OWN = Query(
    Own,
    """
    select fingerprint, der, valid_until, revoked_at, provider
      from documents.certificate
     where person_id = $1
     order by fingerprint
     limit 1000
    """,
)

REVOKE = Query(
    Own,
    """
    update documents.certificate
       set revoked_at = coalesce(revoked_at, $3)
     where fingerprint = $1
       and person_id = $2
    returning fingerprint, der, valid_until, revoked_at, provider
    """,
)

TELL = Statement(
    """
    insert into documents.revoked_certificate (serial, fingerprint, revoked_at)
    values ($1, $2, $3)
        on conflict (serial) do nothing
    """
)
