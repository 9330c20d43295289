"""Every statement about one's own account. They run as the sign-in role, for one person."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from backend.kernel import Query, Statement
from contracts.personal_data import IdentifierKind


class OpenSession(msgspec.Struct, frozen=True, kw_only=True):
    """One sign-in on one device."""

    id: UUID
    client_name: str
    ial: int
    acr: str
    signed_in_at: datetime
    used_at: datetime
    """When it last fetched a token."""
    expires_at: datetime


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """Another device that says it is the owner's."""

    asked_at: datetime
    ready_at: datetime
    """When it will be believed, unless somebody objects."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A number that waits for its code."""

    id: UUID
    phone_enc: bytes
    mac: bytes


class Numbered(msgspec.Struct, frozen=True, kw_only=True):
    """A number of a person, sealed."""

    value_enc: bytes
    hold_until: datetime | None


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A paper of a person, sealed."""

    id: UUID
    kind: IdentifierKind
    value_enc: bytes
    source: Literal["vneid", "counter", "import", "declared"]
    valid_from: datetime


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """Whose number it is now, and the account that became theirs with it."""

    person_id: UUID
    merged_id: UUID | None


SESSIONS = Query(
    OpenSession,
    """
    select session.id, client.name as client_name, session.ial, session.acr,
           session.auth_time as signed_in_at,
           greatest(session.auth_time, session.rt_rotated_at) as used_at,
           least(session.idle_expires_at, session.expires_at) as expires_at
      from identity.session
      join identity.client on client.id = session.client_id
     where session.person_id = $1
       and session.revoked_at is null
       and session.idle_expires_at > $2
       and session.expires_at > $2
     order by session.auth_time desc, session.id
     limit 100
    """,
)

END_SESSION = Statement("""
    update identity.session
       set revoked_at = $3, reason = 'owner'
     where id = $2 and person_id = $1 and revoked_at is null
""")

END_OTHERS = Statement("""
    update identity.session
       set revoked_at = $3, reason = 'owner'
     where person_id = $1 and id <> $2 and revoked_at is null
""")

CLAIMS = Query(
    Claim,
    """
    select asked_at, ready_at
      from identity.device_claim
     where person_id = $1 and cancelled_at is null and ready_at > $2
     order by asked_at
     limit 100
    """,
)

OBJECT = Statement("""
    update identity.device_claim
       set cancelled_at = $2
     where person_id = $1 and cancelled_at is null and ready_at > $2
""")

ASK_CHANGE = Statement("""
    insert into identity.phone_change
        (person_id, id, phone_enc, phone_bidx, mac, asked_at, expires_at)
    values ($1, $2, $3, $4, $5, $6, $7)
    on conflict (person_id) do update
       set id = excluded.id, phone_enc = excluded.phone_enc, phone_bidx = excluded.phone_bidx,
           mac = excluded.mac, asked_at = excluded.asked_at, expires_at = excluded.expires_at
""")

CHANGE = Query(
    Change,
    """
    select id, phone_enc, mac
      from identity.phone_change
     where person_id = $1 and expires_at > $2
       for update
    """,
)

FORGET_CHANGE = Statement("delete from identity.phone_change where person_id = $1")

SWEEP_CHANGES = Statement("""
    delete from identity.phone_change
     where person_id in (
           select person_id from identity.phone_change where expires_at < $1 limit 10000)
""")

END_HELD = Statement("""
    update identity.person_phone
       set ended_at = $2, end_reason = $3
     where person_id = $1 and hold_until is not null and ended_at is null
""")

HOLD = Statement("""
    insert into identity.person_phone
        (id, person_id, value_enc, bidx, verified_at, proved_at, hold_until)
    values ($1, $2, $3, $4, $5, $5, $6)
""")

NUMBERS = Query(
    Numbered,
    """
    select value_enc, hold_until
      from identity.person_phone
     where person_id = $1 and ended_at is null
     order by verified_at desc, id
     limit 10
    """,
)

PAPERS = Query(
    Kept,
    """
    select id, kind, value_enc, source, valid_from
      from identity.person_identifier
     where person_id = $1 and valid_to is null
     order by kind
     limit 20
    """,
)

END_PAPER = Statement("""
    update identity.person_identifier
       set valid_to = $3
     where person_id = $1 and kind = $2 and valid_to is null
""")

ADD_PAPER = Statement("""
    insert into identity.person_identifier
        (id, person_id, kind, value_enc, bidx, source, valid_from)
    values ($1, $2, $3, $4, $5, $6, $7)
    on conflict (kind, bidx) where valid_to is null do nothing
""")

SETTLE = Query(Settled, "select person_id, merged_id from identity.settle_phones($1)")
