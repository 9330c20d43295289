"""Every statement of the authorization server. They run as the sign-in role."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from backend.identity.keys import Jwks
from backend.identity.repository import Session
from backend.kernel import Query, Statement

PROOF_KEPT: Final = timedelta(minutes=15)
"""How long a proof is remembered: longer than any clock that we bear makes it valid."""


class Client(msgspec.Struct, frozen=True, kw_only=True):
    """A program that may ask for tokens."""

    id: str
    kind: str
    auth_method: str
    redirect_uris: tuple[str, ...]
    jwks: Jwks | None
    scopes: frozenset[str]


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What an app has asked for, and kept to itself until the person has answered."""

    scope: str
    redirect_uri: str
    code_challenge: str
    state: str = ""
    nonce: str = ""
    acr_values: tuple[str, ...] = ()
    ui_locales: tuple[str, ...] = ()


class Pushed(msgspec.Struct, frozen=True, kw_only=True):
    """A pushed request that was taken up just now."""

    wanted: Wanted
    dpop_jkt: str | None


class Code(msgspec.Struct, frozen=True, kw_only=True):
    """An authorization code, as the app that presents it has to match it."""

    client_id: str
    redirect_uri: str
    challenge: str
    dpop_jkt: str | None
    nonce: str
    scope: str
    person_id: UUID
    ial: int
    acr: str
    amr: tuple[str, ...]
    auth_time: datetime


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """The session that a code has opened, if it has."""

    session_id: UUID | None


class Renewable(msgspec.Struct, frozen=True, kw_only=True):
    """A living session and where its refresh tokens have got to."""

    session: Session
    rt_hash: bytes
    rt_gen: int
    rt_pepper: str
    """Name of the secret that the tokens of this session are derived with."""
    rt_rotated_at: datetime


class Pepper(msgspec.Struct, frozen=True, kw_only=True):
    """The secret that the tokens of new sessions are derived with."""

    name: str


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """`Renewable` as the table has it."""

    id: UUID
    person_id: UUID
    client_id: str
    scope: str
    dpop_jkt: str
    ial: int
    acr: str
    amr: tuple[str, ...]
    auth_time: datetime
    rt_hash: bytes
    rt_gen: int
    rt_pepper: str
    rt_rotated_at: datetime

    def renewable(self) -> Renewable:
        """Return the session and its refresh tokens apart."""
        fields = msgspec.structs.asdict(self)
        told = {name: fields.pop(name) for name in tuple(fields) if name.startswith("rt_")}
        return Renewable(session=Session(**fields), **told)


CLIENT = Query(
    Client,
    """
    select id, kind, auth_method, redirect_uris, jwks, scopes
      from identity.client
     where id = $1 and disabled_at is null
    """,
)

NOTE_ONCE = Statement("""
    insert into identity.replay (kind, hash, expires_at)
    values ($1, $2, $3)
    on conflict do nothing
""")

PUSH = Statement("""
    insert into identity.pushed_request (hash, client_id, wanted, dpop_jkt, expires_at)
    values ($1, $2, $3, $4, $5)
""")

TAKE_UP = Query(
    Pushed,
    """
    update identity.pushed_request
       set interaction_id = $3
     where hash = $1 and client_id = $2 and interaction_id is null and expires_at > $4
    returning wanted, dpop_jkt
    """,
)

ADD_CODE = Statement("""
    insert into identity.code
        (hash, client_id, redirect_uri, challenge, dpop_jkt, nonce, scope, person_id, ial, acr,
         amr, auth_time, expires_at, upstream, upstream_sid_hash)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
""")

USE_CODE = Query(
    Code,
    """
    update identity.code
       set used_at = $2
     where hash = $1 and used_at is null and expires_at > $2
    returning client_id, redirect_uri, challenge, dpop_jkt, nonce, scope, person_id, ial, acr,
              amr, auth_time
    """,
)

OPENED_BY_CODE = Query(
    Opened, "select session_id from identity.code where hash = $1 and used_at is not null"
)

# The session remembers who has proved it, so that a sign-out there ends it here.
KEEP_OPENED = Statement("""
    with opened as (
        update identity.code
           set session_id = $2
         where hash = $1
        returning upstream, upstream_sid_hash
    )
    update identity.session
       set upstream = opened.upstream, upstream_sid_hash = opened.upstream_sid_hash
      from opened
     where session.id = $2 and opened.upstream is not null
""")

PEPPER_IN_USE = Query(Pepper, "select 'refresh-' || max(number) as name from identity.pepper")

BEGIN_REFRESHING = Statement("""
    update identity.session
       set rt_hash = $2, rt_gen = 0, rt_pepper = $3, rt_rotated_at = $4
     where id = $1
""")

# The row is held until the answer is kept: two requests with one token take turns.
RENEWABLE = Query(
    Row,
    """
    select session.id, session.person_id, session.client_id, session.scope, session.dpop_jkt,
           session.ial, session.acr, session.amr, session.auth_time, session.rt_hash,
           session.rt_gen, session.rt_pepper, session.rt_rotated_at
      from identity.session
      join identity.person on person.id = session.person_id
     where session.id = $1
       and session.rt_hash is not null
       and session.revoked_at is null
       and session.idle_expires_at > $2
       and session.expires_at > $2
       and person.status in ('unverified', 'verified', 'temporary', 'newborn')
       for update of session
    """,
)

ROTATE = Statement("""
    update identity.session
       set rt_hash = $2, rt_gen = rt_gen + 1, rt_rotated_at = $3, idle_expires_at = $4
     where id = $1
""")

KEEP_AWAKE = Statement("update identity.session set idle_expires_at = $2 where id = $1")

SWEEP_PUSHED = Statement("""
    delete from identity.pushed_request
     where hash in (
           select hash from identity.pushed_request where expires_at < $1 limit 10000)
""")

SWEEP_CODES = Statement("""
    delete from identity.code
     where hash in (select hash from identity.code where expires_at < $1 limit 10000)
""")
