-- Facilities' own systems (QĐ 1551/QĐ-BYT): under which number a facility sends, by which program of
-- ours it comes, and the key that its messages are signed with.
create table sender (
    sender_id text primary key check (sender_id ~ '^([0-9]{5}|[0-9]{13})$'),
    client_id text not null,
    agency_id uuid not null,
    public_key bytea not null,
    registered_by uuid not null,
    registered_at timestamptz not null
);

-- A message stays for ever as its number and a digest, so that it is done once. What it says lies
-- closed, with a key of its own, until it is filed: seconds. Nothing here names a patient.
create table message (
    id uuid primary key,
    sender_id text not null,
    msg_id text not null,
    sha256 bytea not null,
    agency_id uuid not null,
    state text not null check (state in ('kept', 'filed', 'refused')),
    reason text check ((reason is not null) = (state = 'refused')),
    body_enc bytea check ((body_enc is not null) = (state = 'kept')),
    received_at timestamptz not null,
    unique (sender_id, msg_id)
);

revoke update on message from tinhs_rt;
revoke delete on message from tinhs_rt, tinhs_job;

alter table sender enable row level security;
alter table sender force row level security;
create policy known_to on sender using (
    tinhs.kind() in ('job', 'staff')
    or (tinhs.kind() = 'partner' and client_id = tinhs.client_id()));

alter table message enable row level security;
alter table message force row level security;
create policy of_the_sender on message using (
    tinhs.kind() = 'job'
    or (
        tinhs.kind() = 'partner'
        and exists (
            select
              from sender
             where sender.sender_id = message.sender_id
               and sender.client_id = tinhs.client_id())));
