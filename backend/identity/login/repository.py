"""Every statement of signing in. They run as the sign-in role, but the worker's notes."""

from datetime import datetime
from uuid import UUID

import msgspec

from backend.identity.login.method import Interaction
from backend.kernel import Query, Statement


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """An interaction that a pushed request has led to."""

    id: UUID


class Challenge(msgspec.Struct, frozen=True, kw_only=True):
    """A code that was sent, as far as we keep it."""

    id: UUID
    mac: bytes


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """How many guesses an interaction has used."""

    guesses: int


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How often a number was sent a code since one last came back, and when at last."""

    sends: int
    last_at: datetime | None


class Yield(msgspec.Struct, frozen=True, kw_only=True):
    """How many codes one provider has sent to a range of numbers, and how many came back."""

    provider: str
    sent: int
    verified: int


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """The person whose number it is."""

    phone_id: UUID
    person_id: UUID
    ial: int
    is_living: bool
    seen_at: datetime
    is_known_device: bool


class PersonKey(msgspec.Struct, frozen=True, kw_only=True):
    """A person's own key, under the key of an epoch."""

    wrapped: bytes
    kek_epoch: int


BEGIN = Statement("""
    insert into identity.interaction
        (id, secret_hash, client_id, wanted, dpop_jkt, expires_at)
    values ($1, $2, $3, $4, $5, $6)
""")

ALREADY_BEGUN = Query(
    Begun,
    """
    select interaction.id
      from identity.pushed_request as pushed
      join identity.interaction on interaction.id = pushed.interaction_id
     where pushed.hash = $1
       and pushed.client_id = $2
       and interaction.secret_hash = $3
       and interaction.finished_at is null
       and interaction.expires_at > $4
    """,
)

OPEN_INTERACTION = Query(
    Interaction,
    """
    select interaction.id, interaction.client_id, interaction.wanted, interaction.dpop_jkt,
           interaction.phone_enc, interaction.sends, interaction.guesses,
           interaction.holder_id, proof.upstream, interaction.expires_at
      from identity.interaction
      left join identity.upstream_proof as proof on proof.ix = interaction.id
     where interaction.id = $1
       and interaction.secret_hash = $2
       and interaction.finished_at is null
       and interaction.expires_at > $3
    """,
)

FINISH = Statement("""
    update identity.interaction
       set finished_at = $2, phone_enc = null
     where id = $1 and finished_at is null
""")

COUNT_SEND = Statement("""
    update identity.interaction
       set sends = sends + 1, phone_enc = $2, holder_id = null
     where id = $1 and sends < $3 and finished_at is null
""")

KEEP_HOLDER = Statement("update identity.interaction set holder_id = $2 where id = $1")

PACE = Query(
    Pace,
    """
    select count(*) as sends, max(asked_at) as last_at
      from identity.otp_challenge
     where phone_bidx = any($1::bytea[])
       and asked_at > $2
       and asked_at > coalesce((
           select max(consumed_at)
             from identity.otp_challenge
            where phone_bidx = any($1::bytea[])), '-infinity')
    """,
)

YIELD = Query(
    Yield,
    """
    select sender.name as provider, count(*) as sent, count(challenge.consumed_at) as verified
      from unnest($3::text[]) as sender (name)
      join identity.otp_challenge as challenge
        on coalesce(challenge.provider, sender.name) = sender.name
     where challenge.prefix_bidx = any($1::bytea[]) and challenge.asked_at > $2
     group by sender.name
     order by sender.name
    """,
)

ADD_CHALLENGE = Statement("""
    insert into identity.otp_challenge
        (id, phone_bidx, prefix_bidx, ix, mac, asked_at, expires_at)
    values ($1, $2, $3, $4, $5, $6, $7)
""")

# The guess is counted before anybody compares it, and the row is held meanwhile: however many come
# at once, the sixth finds nothing to compare with.
COUNT_GUESS = Query(
    Challenge,
    """
    with counted as (
        update identity.interaction
           set guesses = guesses + 1
         where id = $1 and guesses < $3 and finished_at is null
        returning id
    )
    update identity.otp_challenge as challenge
       set attempts = challenge.attempts + 1
      from counted
     where challenge.id = (
           select newest.id
             from identity.otp_challenge as newest
            where newest.ix = $1
            order by newest.asked_at desc, newest.id desc
            limit 1)
       and challenge.ix = counted.id
       and challenge.consumed_at is null
       and challenge.expires_at > $2
    returning challenge.id, challenge.mac
    """,
)

GUESSES = Query(Counted, "select guesses from identity.interaction where id = $1")

CONSUME_OF = Statement("""
    update identity.otp_challenge
       set consumed_at = $2
     where ix = $1 and consumed_at is null
""")

CONSUME = Statement("update identity.otp_challenge set consumed_at = $2 where id = $1")

LOCK_NUMBER = Statement("select pg_advisory_xact_lock($1)")

HOLDER = Query(
    Holder,
    """
    select phone.id as phone_id, phone.person_id, person.ial,
           person.status in ('unverified', 'verified', 'temporary', 'newborn') as is_living,
           greatest(phone.proved_at, seen.at) as seen_at,
           exists (
               select
                 from identity.session
                where session.person_id = phone.person_id and session.dpop_jkt = $2)
           or exists (
               select
                 from identity.device_claim as claim
                where claim.person_id = phone.person_id
                  and claim.dpop_jkt = $2
                  and claim.ready_at <= $3
                  and claim.cancelled_at is null) as is_known_device
      from identity.person_phone as phone
      join identity.person on person.id = phone.person_id
      left join lateral (
           select max(greatest(session.auth_time, session.rt_rotated_at)) as at
             from identity.session
            where session.person_id = phone.person_id) as seen on true
     where phone.bidx = any($1::bytea[]) and phone.ended_at is null and phone.hold_until is null
    """,
)

PROVE_PHONE = Statement("update identity.person_phone set proved_at = $2 where id = $1")

END_PHONE = Statement("""
    update identity.person_phone
       set ended_at = $2, end_reason = $3
     where id = $1 and ended_at is null
""")

LET_SLEEP = Statement("""
    update identity.person
       set status = 'dormant'
     where id = $1 and status = 'unverified'
""")

SUBJECT_KEY = Query(
    PersonKey,
    "select wrapped, kek_epoch from identity.subject_key where subject_id = $1",
)

CARRY_PHONE = Statement("""
    update identity.person_phone
       set bidx = $1
     where bidx = any($2::bytea[]) and bidx <> $1 and ended_at is null and hold_until is null
""")

ADD_PHONE = Statement("""
    insert into identity.person_phone (id, person_id, value_enc, bidx, verified_at, proved_at)
    values ($1, $2, $3, $4, $5, $5)
""")

CLAIM_DEVICE = Statement("""
    insert into identity.device_claim (person_id, dpop_jkt, asked_at, ready_at)
    values ($1, $2, $3, $4)
    on conflict do nothing
""")

# What the worker may write: who took the message. It reads neither number nor code.
NOTE_SENT = Statement("""
    update identity.otp_challenge
       set provider = $2, ref = $3, sent_at = $4
     where id = $1
""")

DELIVERED = Statement("""
    update identity.otp_challenge
       set delivered_at = $3
     where provider = $1 and ref = $2 and delivered_at is null
""")

UNDELIVERED = Statement("""
    update identity.otp_challenge
       set undelivered_at = $3
     where provider = $1 and ref = $2 and delivered_at is null and undelivered_at is null
""")

SWEEP_INTERACTIONS = Statement("""
    delete from identity.interaction
     where id in (select id from identity.interaction where expires_at < $1 limit 10000)
""")

SWEEP_CHALLENGES = Statement("""
    delete from identity.otp_challenge
     where id in (select id from identity.otp_challenge where asked_at < $1 limit 10000)
""")
