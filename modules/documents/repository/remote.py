"""Keys that providers keep, and sessions that wait for what a person says there."""

from datetime import datetime
from uuid import UUID

import msgspec

from backend.kernel import Query, Statement

ASK = Statement(
    """
    insert into documents.enrolment (id, person_id, request, expires_at, provider)
    values ($1, $2, ''::bytea, $3, $4)
    """
)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A question of a person's to a provider: which keys of theirs there are."""

    id: UUID
    person_id: UUID
    provider: str
    outcome: str | None
    expires_at: datetime


ASKED = Query(
    Asked,
    """
    select id, person_id, provider, outcome, expires_at
      from documents.enrolment
     where id = $1
       and provider is not null
    """,
)

ANSWERED = Statement(
    "update documents.enrolment set outcome = $2 where id = $1 and outcome is null"
)

# A key that was certified for this person already may have a new name at the provider.
CERTIFY = Statement(
    """
    insert into documents.certificate (
        fingerprint, person_id, subject_ref, der, valid_until,
        provider, credential, algorithm, above, signatures_max
    )
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        on conflict (fingerprint) do update
       set credential = excluded.credential,
           algorithm = excluded.algorithm,
           above = excluded.above,
           signatures_max = excluded.signatures_max
     where certificate.person_id = excluded.person_id
       and certificate.provider = excluded.provider
    """
)

# A name that another session has already is not this one's: nothing of its person's is taken.
BEGUN = Statement(
    """
    update documents.signing_session
       set provider_ref = $3, turn = turn + 1
     where id = $1
       and turn = $2
       and state = 'waiting'
       and not exists (
           select
             from documents.signing_session as another
            where another.provider = signing_session.provider
              and another.provider_ref = $3
              and another.id <> signing_session.id)
    """
)

AGAIN = Statement(
    """
    update documents.signing_session
       set turn = turn + 1
     where id = $1
       and turn = $2
       and state in ('waiting', 'confirmed')
    """
)

CONFIRMED = Statement(
    """
    update documents.signing_session
       set state = 'confirmed', activation = $3, turn = turn + 1
     where id = $1
       and turn = $2
       and state in ('waiting', 'confirmed')
    """
)

TAKE = Statement(
    """
    update documents.signing_session
       set state = 'confirmed',
           activation = null,
           answer = $3,
           expires_at = $4,
           turn = turn + 1
     where id = $1
       and turn = $2
       and state in ('waiting', 'confirmed')
       and answer is null
    """
)

HOLD_ON = Statement("update documents.lease set until = $2 where session_id = $1")

END = Statement(
    """
    update documents.signing_session
       set state = $2, reason = $3, activation = null, answer = null, turn = turn + 1
     where id = $1
       and state in ('waiting', 'confirmed')
    """
)
