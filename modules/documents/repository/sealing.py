"""From signed by everybody to sealed, many documents at a time."""

from datetime import datetime
from uuid import UUID

import msgspec

from backend.kernel import Query, Statement
from modules.documents.repository.revisions import Revision

TO_SEAL = Query(
    Revision,
    """
    select revision.document_id, revision.rev, revision.state, revision.content,
           revision.content_enc, revision.content_sha256, revision.base_sha256, revision.pdf_sha256,
           revision.collect_until, revision.log_id
      from unnest($1::uuid[], $2::smallint[]) as wanted (document_id, rev)
      join documents.revision on revision.document_id = wanted.document_id
                             and revision.rev = wanted.rev
     where revision.state = 'signing'
     order by revision.document_id
     limit 100
    """,
)


class Signer(msgspec.Struct, frozen=True, kw_only=True):
    """Who signs which document, and whether they have."""

    document_id: UUID
    seq: int
    role: str
    person_id: UUID
    subject_ref: str
    turn: int
    required: bool
    organisation: bool
    state: str


SIGNERS = Query(
    Signer,
    """
    select party.document_id, party.seq, party.role, party.person_id, party.subject_ref,
           party.turn, party.required, party.organisation, party.state
      from unnest($1::uuid[], $2::smallint[]) as wanted (document_id, rev)
      join documents.party on party.document_id = wanted.document_id
                          and party.rev = wanted.rev
     order by party.document_id, party.turn, party.seq
     limit 3200
    """,
)


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A signature that a document has."""

    document_id: UUID
    protected: str
    signature: str
    certificate: bytes
    seq: int
    claimed_at: datetime | None
    cms: bytes | None
    place: int | None
    tst: bytes | None
    tst_path: bytes | None


MADE = Query(
    Made,
    """
    select signature.document_id, signature.protected, signature.signature,
           signature.certificate, signature.seq, signature.claimed_at, signature.cms,
           signature.place, signature.tst, signature.tst_path
      from unnest($1::uuid[], $2::smallint[]) as wanted (document_id, rev)
      join documents.signature on signature.document_id = wanted.document_id
                              and signature.rev = wanted.rev
     order by signature.document_id, signature.place
     limit 3200
    """,
)


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """A document that was sealed just now."""

    document_id: UUID


SEAL = Query(
    Done,
    """
    update documents.revision
       set state = 'sealed', pdf_sha256 = sealed.pdf_sha256, log_id = sealed.log_id
      from unnest($1::uuid[], $2::smallint[], $3::bytea[], $4::uuid[])
           as sealed (document_id, rev, pdf_sha256, log_id)
     where revision.document_id = sealed.document_id
       and revision.rev = sealed.rev
       and revision.state = 'signing'
    returning revision.document_id
    """,
)

SIGN = Statement(
    """
    insert into documents.signature (
        document_id, rev, seq, protected, signature, certificate, cms, tst, tst_path, place,
        signed_at, claimed_at
    )
    select document_id, rev, seq, protected, signature, certificate, cms, tst, tst_path, place,
           $11, $12
      from unnest($1::uuid[], $2::smallint[], $3::smallint[], $4::text[], $5::text[], $6::bytea[],
                  $7::bytea[], $8::bytea[], $9::bytea[], $10::smallint[])
           as fresh (document_id, rev, seq, protected, signature, certificate, cms, tst, tst_path,
                     place)
    """
)

MARK = Statement(
    """
    update documents.party
       set state = 'signed'
      from unnest($1::uuid[], $2::smallint[], $3::smallint[]) as done (document_id, rev, seq)
     where party.document_id = done.document_id
       and party.rev = done.rev
       and party.seq = done.seq
       and party.state = 'waiting'
    """
)

SEALED = Statement(
    """
    insert into documents.sealed_content (content_sha256, log_id, agency_id)
    select content_sha256, log_id, document.agency_id
      from unnest($1::bytea[], $2::uuid[], $3::uuid[])
           as fresh (content_sha256, log_id, document_id)
      join documents.document on document.id = fresh.document_id
        on conflict (content_sha256) do nothing
    """
)
