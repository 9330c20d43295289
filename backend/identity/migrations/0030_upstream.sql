-- Who signs in at an identity provider of somebody else. What it calls a person is kept as a keyed
-- digest; its tokens are never kept.
create table upstream_link (
    upstream text not null,
    sub_bidx bytea not null,
    person_id uuid not null references person,
    level smallint not null check (level in (1, 2)),
    linked_at timestamptz not null,
    ended_at timestamptz,
    primary key (upstream, sub_bidx)
);

create index upstream_link_by_person on upstream_link (person_id);

-- A browser that was sent to a provider, and has to come back with the same state, once.
create table upstream_round (
    state_hash bytea primary key,
    ix uuid not null references interaction on delete cascade,
    upstream text not null,
    begun_at timestamptz not null
);

create index upstream_round_by_ix on upstream_round (ix);

-- What it proved, while the person is asked for a number as well.
create table upstream_proof (
    ix uuid primary key references interaction on delete cascade,
    upstream text not null,
    sub_bidx bytea not null,
    level smallint not null,
    acr text not null check (acr in ('aal1', 'aal2')),
    sid_hash bytea,
    person_id uuid references person
);

-- The provider may end the sessions that began with it.
alter table code
    add column upstream text,
    add column upstream_sid_hash bytea;

create index session_by_upstream on session (upstream, upstream_sid_hash)
    where upstream is not null and revoked_at is null;
