"""What waits for a person's own signature, and what they have just been asked to confirm."""

from datetime import datetime
from uuid import UUID

import msgspec

from backend.kernel import Query
from modules.documents.model.ceremony import RemoteState


class ToSign(msgspec.Struct, frozen=True, kw_only=True):
    """A document that waits for the caller; `is_turn` says whether nobody else comes first.

    `is_asked`: the caller's provider asks them about it just now.
    """

    document_id: UUID
    rev: int
    code: str
    kind: str
    role: str
    until: datetime
    is_turn: bool
    is_asked: bool


TO_SIGN = Query(
    ToSign,
    """
    select document.id as document_id, revision.rev, document.code, document.kind, party.role,
           revision.collect_until as until,
           not exists (select
                         from documents.party as before
                        where before.document_id = party.document_id
                          and before.rev = party.rev
                          and before.state = 'waiting'
                          and before.required
                          and before.turn < party.turn) as is_turn,
           exists (select
                     from documents.session_item as item
                     join documents.signing_session as session on session.id = item.session_id
                    where item.document_id = party.document_id
                      and item.rev = party.rev
                      and session.person_id = $1
                      and session.state in ('waiting', 'confirmed')
                      and session.expires_at > $2) as is_asked
      from documents.party
      join documents.revision on revision.document_id = party.document_id
                             and revision.rev = party.rev
      join documents.document on document.id = party.document_id
     where party.person_id = $1
       and party.state = 'waiting'
       and not party.organisation
       and revision.state in ('frozen', 'signing')
       and revision.collect_until > $2
     order by revision.collect_until, document.id
     limit 200
    """,
)


class Coded(msgspec.Struct, frozen=True, kw_only=True):
    """What people call a document."""

    document_id: UUID
    code: str


CODES = Query(
    Coded,
    """
    select id as document_id, code
      from documents.document
     where id = any($1::uuid[])
     limit 100
    """,
)


class Going(msgspec.Struct, frozen=True, kw_only=True):
    """A session with a provider that has not ended."""

    id: UUID
    state: RemoteState
    count: int


GOING = Query(
    Going,
    """
    select session.id, session.state,
           (select count(*) from documents.session_item as item where item.session_id = session.id)
               as count
      from documents.signing_session as session
     where session.person_id = $1
       and session.state in ('waiting', 'confirmed')
       and session.expires_at > $2
     order by session.id desc
     limit 20
    """,
)
