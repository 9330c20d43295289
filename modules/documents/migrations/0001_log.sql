-- The public half of each key of the house; the private one lies outside the database.
create table key (
    purpose text primary key check (purpose in ('ca', 'status', 'log', 'witness')),
    public bytea not null,
    -- A certificate that the key has signed for itself: of the authority alone.
    certificate bytea check ((certificate is not null) = (purpose = 'ca')),
    made_at timestamptz not null
);

-- What waits for its place in the log, written by the very transaction that changed something.
create table log_pending (
    seq bigint generated always as identity primary key,
    id uuid not null unique,
    data bytea not null
);

-- RFC 6962: dense from 0, hashes and times only. Neither grant lets a line be changed.
create table log_entry (
    idx bigint primary key check (idx >= 0),
    id uuid not null unique,
    data bytea not null,
    leaf bytea not null check (length(leaf) = 32)
);

create table log_tile (
    level smallint not null check (level >= 0),
    number bigint not null check (number >= 0),
    data bytea not null check (length(data) between 32 and 8192 and length(data) % 32 = 0),
    primary key (level, number)
);

create table checkpoint (
    size bigint primary key check (size > 0),
    root bytea not null check (length(root) = 32),
    note text not null,
    cosigned_at timestamptz not null
);

revoke update, delete on key, log_entry, checkpoint from tinhs_rt, tinhs_job;
revoke delete on log_tile from tinhs_rt, tinhs_job;

-- Token Status List: which place means which document is a permutation keyed by `secret`.
create table status_list (
    number integer primary key,
    secret bytea not null check (length(secret) = 32),
    next integer not null check (next between 0 and 1048576)
);

-- The latest line of a place is its status.
create table status_change (
    seq bigint generated always as identity primary key,
    list integer not null references status_list,
    place integer not null check (place between 0 and 1048575),
    value smallint not null check (value between 0 and 3),
    -- SHA-256 of the content that took its place, for whoever holds the older one.
    successor bytea check (length(successor) = 32),
    changed_at timestamptz not null
);

create index status_change_by_place on status_change (list, place, seq desc);

revoke update, delete on status_change from tinhs_rt, tinhs_job;

create table status_token (
    list integer primary key references status_list,
    token text not null,
    covers bigint not null,
    issued_at timestamptz not null
);
