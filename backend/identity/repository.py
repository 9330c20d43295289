"""Every statement of identity. They run as the sign-in role; nobody else reads these tables."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from backend.identity.jws import Jwk
from backend.kernel import Query, Statement

KeyState = Literal["next", "current", "previous", "dead"]


class SigningKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key that signs access tokens, and where it is in its life."""

    kid: str
    public_jwk: Jwk
    private_ref: str
    state: KeyState
    published_at: datetime
    active_from: datetime | None
    retired_at: datetime | None


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A person signed in on one device, with what the sign-in has proved."""

    id: UUID
    person_id: UUID
    client_id: str
    scope: str
    dpop_jkt: str
    ial: int
    acr: str
    amr: tuple[str, ...]
    auth_time: datetime


LIVING_KEYS = Query(
    SigningKey,
    """
    select kid, public_jwk, private_ref, state, published_at, active_from, retired_at
      from identity.signing_key
     where state <> 'dead'
     order by published_at, kid
     limit 100
    """,
)

LOCK_KEYS = Statement("select pg_advisory_xact_lock(74260003)")

ADD_KEY = Statement("""
    insert into identity.signing_key
        (kid, public_jwk, private_ref, state, published_at, active_from)
    values ($1, $2, $3, $4, $5, $6)
""")

RETIRE_KEY = Statement("""
    update identity.signing_key
       set state = 'previous', retired_at = $2
     where kid = $1 and state = 'current'
""")

PROMOTE_KEY = Statement("""
    update identity.signing_key
       set state = 'current', active_from = $2
     where kid = $1 and state = 'next'
""")

DROP_KEY = Statement("""
    update identity.signing_key
       set state = 'dead', retired_at = coalesce(retired_at, $2)
     where kid = $1 and state <> 'dead'
""")

BURY_KEYS = Statement("""
    update identity.signing_key
       set state = 'dead'
     where state = 'previous' and retired_at <= $1
""")

KEEP_PARTNER = Statement("""
    insert into identity.client (id, kind, name, auth_method, scopes, purposes)
    values ($1, 'partner', $2, 'private_key_jwt', $3, $4)
    on conflict (id) do update
       set scopes = excluded.scopes, purposes = excluded.purposes
     where (client.scopes, client.purposes) is distinct from (excluded.scopes, excluded.purposes)
""")

KEEP_PERSON = Statement("""
    insert into identity.person (id, status, ial, created_at)
    values ($1, $2, $3, $4)
    on conflict (id) do nothing
""")

# Two sign-ins of one person take turns: there is one live session on a device.
LOCK_PERSON = Statement("select id from identity.person where id = $1 for no key update")

SUPERSEDE_SESSIONS = Statement("""
    update identity.session
       set revoked_at = $4, reason = 'superseded'
     where person_id = $1 and client_id = $2 and dpop_jkt = $3 and revoked_at is null
""")

ADD_SESSION = Statement("""
    insert into identity.session
        (id, person_id, client_id, scope, dpop_jkt, ial, acr, amr, auth_time,
         idle_expires_at, expires_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
""")

REVOKE_SESSION = Statement("""
    update identity.session
       set revoked_at = $2, reason = $3
     where id = $1 and revoked_at is null
""")

KEEP_WARD = Statement("""
    insert into identity.representation
        (id, ward_id, guardian_id, kind, basis, source, valid_from, valid_to)
    values ($1, $2, $3, $4, $5, $6, $7, $8)
    on conflict (id) do nothing
""")

KEEP_STAFF = Statement("""
    insert into identity.staff (id, name, status)
    values ($1, $2, 'active')
    on conflict (id) do nothing
""")

GRANT_ROLES = Statement("""
    insert into identity.staff_role (staff_id, role, agency_id, valid_from)
    select $1, granted.role, $3, $4
      from unnest($2::text[]) as granted (role)
     where not exists (
           select
             from identity.staff_role as held
            where held.staff_id = $1 and held.role = granted.role and held.valid_to is null)
""")

GRANT_AREAS = Statement("""
    insert into identity.staff_area (staff_id, area_code, valid_from)
    select $1, granted.code, $3
      from unnest($2::text[]) as granted (code)
     where not exists (
           select
             from identity.staff_area as held
            where held.staff_id = $1 and held.area_code = granted.code and held.valid_to is null)
""")

ADD_CONSOLE_SESSION = Statement("""
    insert into identity.console_session
        (hash, staff_id, step_up_at, csrf, idle_expires_at, expires_at)
    values ($1, $2, $3, $4, $5, $6)
""")

SWEEP = Statement("""
    delete from identity.replay
     where (kind, hash) in (
           select kind, hash
             from identity.replay
            where expires_at < $1
            limit 10000)
""")
