"""Every statement about consent. They run as the sign-in role, behind the wall of the caller."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from backend.kernel import Query, Statement

State = Literal["given", "waiting", "withdrawn", "lapsed"]


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """What people are shown before they agree."""

    id: UUID
    purpose: str
    lang: str
    body: str
    valid_from: datetime


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    """What was said last about one purpose and one recipient, and what holds.

    `waiting`: the child or the representative has not said so yet. `lapsed`: a birthday has
    passed, and it takes a new word.
    """

    id: UUID
    person_id: UUID
    purpose: str
    recipient: str
    recipient_name: str
    text_id: UUID
    state: State
    decided_at: datetime
    until: datetime | None


class Represented(msgspec.Struct, frozen=True, kw_only=True):
    """Whether others act for a person, and until when."""

    is_represented: bool
    of_age_at: datetime | None


class Recipient(msgspec.Struct, frozen=True, kw_only=True):
    """A partner to whom something may be disclosed."""

    id: str


class Holds(msgspec.Struct, frozen=True, kw_only=True):
    """Whether consent holds."""

    is_held: bool


class Ward(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody for whom the caller acts."""

    person_id: UUID
    kind: str
    basis: str
    since: datetime
    until: datetime | None


# The newest of each language; a text that begins tomorrow is not shown today.
CURRENT_TEXTS = Query(
    Text,
    """
    select distinct on (purpose) id, purpose, lang, body, valid_from
      from identity.consent_text
     where lang = $1 and valid_from <= $2
     order by purpose, valid_from desc
     limit 500
    """,
)

CURRENT_TEXT = Query(
    Text,
    """
    select text.id, text.purpose, text.lang, text.body, text.valid_from
      from identity.consent_text as text
     where text.id = $1
       and text.valid_from <= $2
       and not exists (
           select
             from identity.consent_text as newer
            where newer.purpose = text.purpose
              and newer.lang = text.lang
              and newer.valid_from > text.valid_from
              and newer.valid_from <= $2)
    """,
)

ADD_TEXT = Query(
    Text,
    """
    insert into identity.consent_text (id, purpose, lang, body, sha256, valid_from)
    values ($1, $2, $3, $4, $5, $6)
    on conflict (purpose, lang, valid_from) do update set lang = excluded.lang
    returning id, purpose, lang, body, valid_from
    """,
)

RECIPIENT = Query(
    Recipient,
    """
    select id
      from identity.client
     where id = $1 and kind = 'partner' and disabled_at is null and $2 = any(purposes)
    """,
)

REPRESENTED = Query(
    Represented,
    """
    select count(*) > 0 as is_represented, min(valid_to) as of_age_at
      from identity.representation
     where ward_id = $1 and valid_from <= $2 and (valid_to is null or valid_to > $2)
    """,
)

# The key is `keep_live`'s own, which takes it again: its turn begins here, before the first look at
# what holds and before the ledger gives the line its number.
TAKE_TURN = Statement("""
    select pg_advisory_xact_lock(
        hashtextextended(concat_ws(' ', $1::uuid, $2::text, $3::text), 74260031))
""")

DECIDE = Statement("""
    insert into identity.consent
        (id, person_id, purpose, recipient, text_id, decision, channel, session_id, represented_by,
         age_band, until, at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
""")

HOLDS = Query(Holds, "select identity.consented($1, $2, $3, $4) as is_held")

OF_PERSON = Query(
    Consent,
    """
    select said.id, said.person_id, said.purpose, said.recipient, client.name as recipient_name,
           said.text_id,
           case
               when live.consent_id is null and said.decision = 'withdrawn' then 'withdrawn'
               when live.consent_id is null then 'waiting'
               when live.until <= $1 then 'lapsed'
               else 'given'
           end as state,
           said.at as decided_at, live.until
      from (
           select distinct on (person_id, purpose, recipient)
                  line, id, person_id, purpose, recipient, text_id, decision, at
             from identity.consent
            where person_id = any(tinhs.subjects())
            order by person_id, purpose, recipient, line desc) as said
      join identity.client on client.id = said.recipient
      left join identity.consent_live as live
        on live.person_id = said.person_id
       and live.purpose = said.purpose
       and live.recipient = said.recipient
     order by said.line desc
     limit 500
    """,
)

SAID = Query(
    Consent,
    """
    select said.id, said.person_id, said.purpose, said.recipient, client.name as recipient_name,
           said.text_id, 'given' as state, said.at as decided_at, said.until
      from identity.consent as said
      join identity.client on client.id = said.recipient
     where said.id = $1
    """,
)

WARDS = Query(
    Ward,
    """
    select ward_id as person_id, kind, basis, valid_from as since, valid_to as until
      from identity.representation
     where guardian_id = $1 and valid_from <= $2 and (valid_to is null or valid_to > $2)
     order by valid_from, id
     limit 100
    """,
)
