-- Whose certificates count besides those of the house's own authority. None ships: two people
-- decide on each, and what they decided stays.
create table trust_change (
    id uuid primary key,
    action text not null check (action in ('add', 'distrust')),
    tree text not null check (tree in ('neac', 'vgca', 'platform', 'tsa', 'foreign', 'dev')),
    certificates bytea[] not null check (cardinality(certificates) between 1 and 200),
    -- Signatures count that were made in this time; `distrust` ends it.
    since timestamptz not null,
    until timestamptz,
    crl_url text,
    reason text not null,
    proposed_by uuid not null,
    proposed_at timestamptz not null
);

create table trust_decision (
    change_id uuid primary key references trust_change,
    accepted boolean not null,
    decided_by uuid not null,
    decided_at timestamptz not null
);

revoke update, delete on trust_change, trust_decision from tinhs_rt, tinhs_job;

-- What follows from the changes that were accepted.
create table trust_anchor (
    sha256 bytea primary key check (length(sha256) = 32),
    der bytea not null,
    tree text not null,
    since timestamptz not null,
    until timestamptz,
    crl_url text,
    change_id uuid not null references trust_change
);

-- What an authority outside says of its certificates, until when it is to be believed.
create table foreign_list (
    anchor_sha256 bytea primary key references trust_anchor,
    this_update timestamptz not null,
    next_update timestamptz not null,
    fetched_at timestamptz not null,
    serials text[] not null check (cardinality(serials) <= 100000),
    revoked_at timestamptz[] not null
);
