-- Uploads that may be cut off and gone on with (tus 1.0). Somebody without an account is known by a
-- device: a keyed digest of random bytes that an app made once, said for one transaction.
create function device() returns uuid
    language sql stable parallel safe
    return nullif(current_setting('tinhs.device_id', true), '')::uuid;

-- `parts` are the objects that hold what has come so far, in order.
create table upload (
    id uuid primary key,
    owner_id uuid not null,
    purpose text not null check (length(purpose) <= 64),
    bytes integer not null check (bytes > 0),
    received integer not null default 0 check (received between 0 and bytes),
    parts text[] not null default '{}',
    state text not null check (state in ('receiving', 'quarantined', 'ready', 'rejected')),
    reason text,
    expires_at timestamptz not null,
    check ((state = 'rejected') = (reason is not null))
);

create index upload_by_expiry on upload (expires_at);

alter table upload enable row level security;
alter table upload force row level security;
create policy upload_of_its_sender on upload
    using (
        owner_id in (tinhs.person_id(), tinhs.staff_id(), device())
        or tinhs.kind() = 'job'
    );

alter policy file_is_seen on file using (
    about is not null
    or owner_id in (tinhs.person_id(), tinhs.staff_id(), device())
    or tinhs.kind() = 'job');

alter policy file_is_received on file with check (
    about is not null
    or owner_id in (tinhs.person_id(), tinhs.staff_id(), device())
    or tinhs.kind() = 'job');

alter policy file_is_claimed on file
    using (
        owner_id in (tinhs.person_id(), tinhs.staff_id(), device())
        or tinhs.kind() = 'job')
    with check (
        about is not null
        or owner_id in (tinhs.person_id(), tinhs.staff_id(), device())
        or tinhs.kind() = 'job');

alter policy allowance_of_its_owner on allowance using (
    owner_id in (tinhs.person_id(), tinhs.staff_id(), device())
    or tinhs.kind() = 'job');
