-- Digests of whom was told what, so that a thing is told once. Apart from the messages, which their
-- teller cannot read and so could not tell apart.
create table told (
    digest bytea primary key,
    at timestamptz not null
);

create index told_by_age on told (at);

-- What people are told. Exactly one recipient: a person, whoever holds a role, or somebody without
-- an account, who has no inbox.
create table message (
    id uuid primary key,
    person_id uuid,
    role text,
    agency_id uuid,
    area_code text,
    subject_id uuid,
    email_column text,
    email bytea,
    phone_column text,
    phone bytea,
    kind text not null,
    values jsonb not null,
    about text not null,
    created_at timestamptz not null,
    read_at timestamptz,
    check (num_nonnulls(person_id, role, subject_id) = 1),
    check (role is null or num_nonnulls(agency_id, area_code) > 0),
    check ((email is null) = (email_column is null)),
    check ((phone is null) = (phone_column is null))
);

create index message_of_person on message (person_id, id desc) where person_id is not null;
create index message_unread on message (person_id, id)
    where person_id is not null and read_at is null;
create index message_of_agency on message (agency_id, role, id desc) where agency_id is not null;
create index message_of_area on message (area_code, role, id desc)
    where role is not null and agency_id is null;
create index message_by_age on message (created_at);

-- What one officer has read of what was told to a role.
create table reading (
    staff_id uuid not null,
    message_id uuid not null references message on delete cascade,
    read_at timestamptz not null,
    primary key (staff_id, message_id)
);

-- One way out for one message. `device_id` is null for e-mail and SMS.
create table delivery (
    id uuid primary key,
    message_id uuid not null references message on delete cascade,
    channel text not null check (channel in ('email', 'push', 'sms')),
    device_id uuid,
    state text not null check (state in ('queued', 'sent', 'failed', 'dead', 'skipped')),
    sender text,
    ref text,
    settled_at timestamptz,
    unique nulls not distinct (message_id, channel, device_id)
);

create table preference (
    person_id uuid primary key,
    language text not null check (language in ('vi', 'en')),
    email bytea,
    by_email boolean not null,
    by_push boolean not null,
    by_sms boolean not null,
    quiet_at_night boolean not null,
    muted text[] not null
);

-- Where a browser or an app is reached; sealed, for the address of a phone follows its owner.
create table device (
    id uuid primary key,
    person_id uuid not null,
    kind text not null check (kind in ('webpush')),
    digest bytea not null,
    subscription bytea not null,
    created_at timestamptz not null,
    unique (person_id, digest)
);

-- What an installation says instead of the words that ship. The newest version counts.
create table template (
    kind text not null,
    language text not null check (language in ('vi', 'en')),
    version integer not null check (version > 0),
    title text not null,
    text text not null,
    made_by uuid,
    made_at timestamptz not null,
    primary key (kind, language, version)
);

revoke update, delete on template from tinhs_rt, tinhs_job;

-- Whoever tells writes, and does not thereby read; a recipient reads; the worker carries.
create function mine(person_id uuid, role text, agency_id uuid, area_code text) returns boolean
    language sql stable parallel safe
    return person_id = tinhs.person_id()
        or (tinhs.kind() = 'staff' and role is not null
            and (agency_id is null or agency_id = any (tinhs.agencies()))
            and (area_code is null or tinhs.covers(area_code)));

alter table message enable row level security;
alter table message force row level security;
create policy told on message for insert with check (true);
create policy theirs on message for select
    using (tinhs.kind() = 'job' or mine(person_id, role, agency_id, area_code));
create policy read on message for update
    using (tinhs.kind() = 'job' or mine(person_id, role, agency_id, area_code));
create policy forgotten on message for delete using (tinhs.kind() = 'job');

alter table reading enable row level security;
alter table reading force row level security;
create policy theirs on reading using (staff_id = tinhs.staff_id() or tinhs.kind() = 'job');

alter table delivery enable row level security;
alter table delivery force row level security;
create policy of_the_worker on delivery using (tinhs.kind() = 'job');

alter table preference enable row level security;
alter table preference force row level security;
create policy theirs on preference
    using (person_id = tinhs.person_id() or tinhs.kind() = 'job');

alter table device enable row level security;
alter table device force row level security;
create policy theirs on device
    using (person_id = tinhs.person_id() or tinhs.kind() = 'job');
