"""Every statement about identity providers of somebody else. They run as the sign-in role."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from backend.kernel import Query, Statement


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """A browser that has come back."""

    ix: UUID
    state_hash: bytes
    begun_at: datetime


class Linked(msgspec.Struct, frozen=True, kw_only=True):
    """The person whom a provider knows by a name of its own."""

    person_id: UUID
    is_living: bool
    has_phone: bool


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider has proved in one sign-in."""

    upstream: str
    sub_bidx: bytes
    """By the first link of its chain, whichever is in use: it is kept for minutes."""
    level: int
    acr: Literal["aal1", "aal2"]
    sid_hash: bytes | None
    person_id: UUID | None
    """Whom it has proved before; None for somebody new."""
    told_enc: bytes | None
    """What it has told of the person, sealed for this sign-in."""


class Holding(msgspec.Struct, frozen=True, kw_only=True):
    """The person who has a number, as far as it matters to another proof."""

    phone_id: UUID
    person_id: UUID
    ial: int
    is_living: bool
    is_linked: bool
    """Whether this provider knows them, by another name."""
    seen_at: datetime


class PaperOf(msgspec.Struct, frozen=True, kw_only=True):
    """Whose paper it is."""

    person_id: UUID


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """A session that was ended."""

    id: UUID


LEAVE = Statement("""
    insert into identity.upstream_round (state_hash, ix, upstream, begun_at)
    values ($1, $2, $3, $4)
""")

# Only the browser that left may come back, and only once.
RETURN = Query(
    Round,
    """
    delete from identity.upstream_round as round
     using identity.interaction
     where round.state_hash = any($1::bytea[])
       and round.upstream = $2
       and interaction.id = round.ix
       and interaction.secret_hash = $3
       and interaction.finished_at is null
       and interaction.expires_at > $4
    returning round.ix, round.state_hash, round.begun_at
    """,
)

LOCK_NAME = Statement("select pg_advisory_xact_lock($1)")

LINKED = Query(
    Linked,
    """
    select link.person_id,
           person.status in ('unverified', 'verified', 'temporary', 'newborn', 'dormant')
               as is_living,
           exists (
               select
                 from identity.person_phone as phone
                where phone.person_id = link.person_id and phone.ended_at is null) as has_phone
      from identity.upstream_link as link
      join identity.person on person.id = link.person_id
     where link.upstream = $1 and link.sub_bidx = any($2::bytea[]) and link.ended_at is null
    """,
)

KEEP_PROOF = Statement("""
    insert into identity.upstream_proof
        (ix, upstream, sub_bidx, level, acr, sid_hash, person_id, told_enc)
    values ($1, $2, $3, $4, $5, $6, $7, $8)
    on conflict (ix) do update
       set upstream = excluded.upstream, sub_bidx = excluded.sub_bidx, level = excluded.level,
           acr = excluded.acr, sid_hash = excluded.sid_hash, person_id = excluded.person_id,
           told_enc = excluded.told_enc
""")

PROOF = Query(
    Proof,
    """
    select upstream, sub_bidx, level, acr, sid_hash, person_id, told_enc
      from identity.upstream_proof
     where ix = $1
    """,
)

HOLDING = Query(
    Holding,
    """
    select phone.id as phone_id, phone.person_id, person.ial,
           person.status in ('unverified', 'verified', 'temporary', 'newborn') as is_living,
           exists (
               select
                 from identity.upstream_link as link
                where link.person_id = phone.person_id
                  and link.upstream = $2
                  and link.ended_at is null) as is_linked,
           greatest(phone.proved_at, (
               select max(greatest(session.auth_time, session.rt_rotated_at))
                 from identity.session
                where session.person_id = phone.person_id)) as seen_at
      from identity.person_phone as phone
      join identity.person on person.id = phone.person_id
     where phone.bidx = any($1::bytea[]) and phone.ended_at is null and phone.hold_until is null
    """,
)

CARRY_LINK = Statement("""
    update identity.upstream_link
       set sub_bidx = $2
     where upstream = $1 and sub_bidx = any($3::bytea[]) and sub_bidx <> $2
""")

LINK = Statement("""
    insert into identity.upstream_link (upstream, sub_bidx, person_id, level, linked_at)
    values ($1, $2, $3, $4, $5)
    on conflict (upstream, sub_bidx) do update
       set person_id = excluded.person_id, level = excluded.level, ended_at = null
""")

VERIFY = Statement("""
    update identity.person
       set status = case when status in ('unverified', 'dormant') then 'verified' else status end,
           ial = greatest(ial, $2)
     where id = $1 and (ial < $2 or status in ('unverified', 'dormant'))
""")

NAME_PERSON = Statement("""
    update identity.person
       set name_enc = coalesce($2, name_enc), birth_enc = coalesce($3, birth_enc)
     where id = $1
""")

PAPER_OF = Query(
    PaperOf,
    """
    select person_id
      from identity.person_identifier
     where kind = $1 and bidx = any($2::bytea[]) and valid_to is null
    """,
)

END_BY_SID = Query(
    Ended,
    """
    update identity.session
       set revoked_at = $3, reason = 'upstream_logout'
     where upstream = $1 and upstream_sid_hash = $2 and revoked_at is null
    returning id
    """,
)

END_BY_SUB = Query(
    Ended,
    """
    update identity.session as session
       set revoked_at = $3, reason = 'upstream_logout'
      from identity.upstream_link as link
     where link.upstream = $1
       and link.sub_bidx = any($2::bytea[])
       and session.person_id = link.person_id
       and session.upstream = $1
       and session.revoked_at is null
    returning session.id
    """,
)
