-- Numbers are sealed with a key of the person's own, which dies with them; they are found again by
-- a keyed digest (`bidx`), for twelve digits without a key are guessed in an hour.
create table person_key (
    person_id uuid primary key references person,
    wrapped bytea not null,
    kek_epoch integer not null,
    destroyed_at timestamptz
);

create table person_phone (
    id uuid primary key,
    person_id uuid not null references person,
    value_enc bytea not null,
    bidx bytea not null,
    verified_at timestamptz not null,
    proved_at timestamptz not null,
    hold_until timestamptz,
    ended_at timestamptz,
    end_reason text,
    check ((ended_at is null) = (end_reason is null))
);

create unique index person_phone_live on person_phone (bidx)
    where ended_at is null and hold_until is null;
create index person_phone_by_person on person_phone (person_id);

-- A device that says an account with a proven identity is its owner's, and waits for its day.
create table device_claim (
    person_id uuid not null references person,
    dpop_jkt text not null,
    asked_at timestamptz not null,
    ready_at timestamptz not null,
    cancelled_at timestamptz,
    primary key (person_id, dpop_jkt)
);

create table otp_challenge (
    id uuid primary key,
    phone_bidx bytea not null,
    prefix_bidx bytea not null,
    ix uuid not null,
    mac bytea not null,
    attempts smallint not null default 0,
    provider text,
    ref text,
    asked_at timestamptz not null,
    sent_at timestamptz,
    expires_at timestamptz not null,
    consumed_at timestamptz
);

create index otp_challenge_by_ix on otp_challenge (ix, asked_at);
create index otp_challenge_by_phone on otp_challenge (phone_bidx, asked_at);
create index otp_challenge_by_prefix on otp_challenge (prefix_bidx, asked_at);
create index otp_challenge_by_age on otp_challenge (asked_at);

-- The worker notes who took the message, and forgets challenges after a day; it sees no number.
grant select (id, asked_at), update (provider, ref, sent_at), delete on otp_challenge to tinhs_job;
