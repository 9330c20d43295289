"""Certificates of devices, signing sessions and signatures."""

from datetime import datetime
from uuid import UUID

import msgspec

from backend.kernel import Query, Statement
from modules.documents.model.algorithms import Algorithm
from modules.documents.model.ceremony import RemoteState


class Enrolment(msgspec.Struct, frozen=True, kw_only=True):
    """A request for a certificate that waits for its proof."""

    id: UUID
    request: bytes
    expires_at: datetime
    certificate: bytes | None


ENROL = Statement(
    """
    insert into documents.enrolment (id, person_id, request, expires_at)
    values ($1, $2, $3, $4)
    """
)

ENROLMENT = Query(
    Enrolment,
    """
    select id, request, expires_at, certificate
      from documents.enrolment
     where id = $1
       and provider is null
       for update
    """,
)

ENROLLED = Statement("update documents.enrolment set certificate = $2 where id = $1")

CERTIFY = Statement(
    """
    insert into documents.certificate (fingerprint, person_id, subject_ref, der, valid_until)
    values ($1, $2, $3, $4, $5)
    """
)


class Certificate(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate of one of a person's devices, or of a key that a provider keeps for them."""

    fingerprint: bytes
    subject_ref: str
    der: bytes
    algorithm: Algorithm
    provider: str | None
    above: bytes | None
    signatures_max: int


CERTIFICATE = Query(
    Certificate,
    """
    select fingerprint, subject_ref, der, algorithm, provider, above, signatures_max
      from documents.certificate
     where fingerprint = $1
       and person_id = $2
       and valid_until > $3
       and revoked_at is null
    """,
)


class LastSigned(msgspec.Struct, frozen=True, kw_only=True):
    """When the last of all has signed."""

    signed_at: datetime


LAST_SIGNED = Query(
    LastSigned,
    """
    select max(signed_at) as signed_at
      from documents.signature
     where document_id = $1
       and rev = $2
    """,
)

OPEN = Statement(
    """
    insert into documents.signing_session (
        id, person_id, fingerprint, expires_at, provider, state
    )
    values ($1, $2, $3, $4, $5, case when $5::text is not null then 'waiting' end)
    """
)

PREPARE = Statement(
    """
    insert into documents.session_item (
        session_id, document_id, rev, seq, protected, claimed_at, file_sha256
    )
    select $1, document_id, rev, seq, $2, $3, file_sha256
      from unnest($4::uuid[], $5::smallint[], $6::smallint[], $7::bytea[])
           as prepared (document_id, rev, seq, file_sha256)
    """
)


class Lease(msgspec.Struct, frozen=True, kw_only=True):
    """Who is signing a document's PDF, and until when nobody else does."""

    document_id: UUID
    session_id: UUID
    until: datetime


# Whoever holds the lease may begin anew; others once its time is over.
HOLD = Query(
    Lease,
    """
    insert into documents.lease (document_id, session_id, person_id, until)
    select document_id, $2, $3, $4
      from unnest($1::uuid[]) as wanted (document_id)
     order by document_id
        on conflict (document_id) do update
       set session_id = excluded.session_id, person_id = excluded.person_id,
           until = excluded.until
     where lease.person_id = excluded.person_id
        or lease.until <= $5
    returning document_id, session_id, until
    """,
)

HELD = Query(
    Lease,
    """
    select document_id, session_id, until
      from documents.lease
     where document_id = any($1::uuid[])
     order by document_id
     limit 100
    """,
)

RELEASE = Statement("delete from documents.lease where document_id = any($1::uuid[])")

RELEASE_ALL = Statement("delete from documents.lease where session_id = $1")

CLOSE = Statement(
    """
    update documents.signing_session
       set expires_at = least(expires_at, $2),
           state = case when state in ('waiting', 'confirmed') then 'cancelled' else state end,
           activation = null,
           answer = null
     where id = $1
    """
)


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A session of the caller's, with the certificate it was prepared for."""

    id: UUID
    person_id: UUID
    expires_at: datetime
    der: bytes
    algorithm: Algorithm
    provider: str | None
    credential: str | None
    above: bytes | None
    provider_ref: str | None
    activation: str | None
    answer: tuple[bytes, ...] | None
    state: RemoteState | None
    """Of a session with a provider; a device's follows from what it has handed in."""
    reason: str | None
    turn: int
    signatures_max: int


SESSION = Query(
    Session,
    """
    select session.id, session.person_id, session.expires_at, certificate.der,
           certificate.algorithm, session.provider, certificate.credential, certificate.above,
           session.provider_ref, session.activation, session.answer, session.state,
           session.reason, session.turn, certificate.signatures_max
      from documents.signing_session as session
      join documents.certificate on certificate.fingerprint = session.fingerprint
     where session.id = $1
       for update of session
    """,
)


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """A document in a session."""

    document_id: UUID
    rev: int
    seq: int
    protected: str
    claimed_at: datetime
    file_sha256: bytes
    signature: str | None
    cms_signature: str | None


ITEMS = Query(
    Item,
    """
    select document_id, rev, seq, protected, claimed_at, file_sha256, signature, cms_signature
      from documents.session_item
     where session_id = $1
       and file_sha256 is not null
     order by document_id
     limit 25
    """,
)

HAND_IN = Statement(
    """
    update documents.session_item
       set signature = given.signature, cms_signature = given.cms_signature
      from unnest($2::uuid[], $3::text[], $4::text[])
           as given (document_id, signature, cms_signature)
     where session_item.session_id = $1
       and session_item.document_id = given.document_id
    """
)

# Its place among the signatures of the file: after those that there are.
SIGN = Statement(
    """
    insert into documents.signature (
        document_id, rev, seq, protected, signature, certificate, signed_at, claimed_at, cms, tst,
        tst_path, place
    )
    select document_id, rev, seq, protected, signature, $7, $8, claimed_at, cms, tst, tst_path,
           (select count(*)
              from documents.signature as before
             where before.document_id = fresh.document_id
               and before.rev = fresh.rev)
      from unnest($1::uuid[], $2::smallint[], $3::smallint[], $4::text[], $5::text[],
                  $6::timestamptz[], $9::bytea[], $10::bytea[], $11::bytea[])
           as fresh (document_id, rev, seq, protected, signature, claimed_at, cms, tst, tst_path)
    """
)


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """A signature as it is shipped."""

    protected: str
    signature: str
    certificate: bytes
    seq: int
    claimed_at: datetime | None
    cms: bytes | None
    place: int | None
    tst: bytes | None
    tst_path: bytes | None


SIGNATURES = Query(
    Signed,
    """
    select protected, signature, certificate, seq, claimed_at, cms, place, tst, tst_path
      from documents.signature
     where document_id = $1
       and rev = $2
     order by seq
     limit 32
    """,
)


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A document that waits for somebody."""

    document_id: UUID
    person_id: UUID


WAITING_FOR = Query(
    Waiting,
    """
    select party.document_id, party.person_id
      from documents.party
      join documents.revision on revision.document_id = party.document_id
                             and revision.rev = party.rev
     where party.person_id = any($1::uuid[])
       and party.state = 'waiting'
       and not party.organisation
       and revision.state in ('frozen', 'signing')
       and revision.collect_until > $2
     order by party.document_id, party.turn, party.seq
     limit 100
    """,
)

A_PARTY = Query(
    Waiting,
    """
    select document_id, person_id
      from documents.party
     where document_id = $1
       and not organisation
     order by rev desc, seq
     limit 1
    """,
)
