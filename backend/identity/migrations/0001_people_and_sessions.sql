-- Nothing in this schema is for modules to read: requests get in through functions of 0002 alone,
-- and only the sign-in role reads tables. So what the runner grants by default is taken back.
alter default privileges in schema identity
    revoke select, insert, update, delete on tables from tinhs_rt, tinhs_job;
alter default privileges in schema identity
    revoke usage on sequences from tinhs_rt, tinhs_job;
alter default privileges revoke execute on functions from public;
grant usage on schema identity to tinhs_auth;
alter default privileges in schema identity
    grant select, insert, update, delete on tables to tinhs_auth;

-- Names and dates of birth are sealed with the person's own key, never in the clear.
create table person (
    id uuid primary key,
    status text not null default 'unverified' check (status in (
        'unverified', 'verified', 'temporary', 'newborn',
        'dormant', 'deceased', 'merged', 'erased')),
    ial smallint not null default 0 check (ial between 0 and 2),
    name_enc bytea,
    birth_enc bytea,
    merged_into uuid references person,
    restricted_at timestamptz,
    created_at timestamptz not null,
    erased_at timestamptz,
    check ((status = 'merged') = (merged_into is not null))
);

-- Who acts for whom: a parent for a child, a guardian for a ward.
create table representation (
    id uuid primary key,
    ward_id uuid not null references person,
    guardian_id uuid not null references person,
    kind text not null,
    basis text not null,
    source text not null,
    valid_from timestamptz not null,
    valid_to timestamptz,
    confirmed_by uuid,
    check (ward_id <> guardian_id)
);

create index representation_by_guardian on representation (guardian_id);

-- People at work are not joined to people at home: an officer has no person.
create table staff (
    id uuid primary key,
    name text not null,
    email text,
    status text not null default 'invited' check (status in ('invited', 'active', 'disabled')),
    created_by uuid[] not null default '{}',
    disabled_at timestamptz
);

-- An officer works for one agency at a time: roles given by two would add up to what neither gave.
create table staff_role (
    staff_id uuid not null references staff,
    role text not null,
    agency_id uuid not null,
    valid_from timestamptz not null,
    valid_to timestamptz,
    granted_by uuid[] not null default '{}',
    primary key (staff_id, role, valid_from),
    constraint one_agency_at_a_time exclude using gist (
        staff_id with =, agency_id with <>, tstzrange(valid_from, valid_to) with &&)
);

create table staff_area (
    staff_id uuid not null references staff,
    area_code text not null check (area_code ~ '^([0-9]{2}|[0-9]{5})$'),
    valid_from timestamptz not null,
    valid_to timestamptz,
    primary key (staff_id, area_code, valid_from)
);

-- What became of an agency on a day (at 00:00 in Vietnam); `areas` when only a part went there.
create table agency_successor (
    old_id uuid not null,
    new_id uuid not null,
    on_date date not null,
    kind text not null check (kind in ('merge', 'split', 'rename', 'abolish')),
    areas text[] not null default '{}',
    primary key (old_id, new_id)
);

create index agency_successor_by_new on agency_successor (new_id);

create table client (
    id text primary key check (id ~ '^[a-z0-9][a-z0-9._-]{0,63}$'),
    kind text not null check (kind in ('app', 'partner')),
    name text not null,
    auth_method text not null check (auth_method in ('none', 'private_key_jwt')),
    redirect_uris text[] not null default '{}',
    jwks jsonb,
    scopes text[] not null default '{}',
    purposes text[] not null default '{}',
    agreement_ref text,
    rate_per_min integer check (rate_per_min > 0),
    not_before timestamptz,
    disabled_at timestamptz
);

-- Our own app may ask for all that citizens may do in the modules that are installed.
insert into client (id, kind, name, auth_method, scopes)
values ('tinhs-app', 'app', 'Tỉnh-S', 'none', '{*}');

create table session (
    id uuid primary key,
    person_id uuid not null references person,
    client_id text not null references client,
    scope text not null,
    dpop_jkt text not null,
    ial smallint not null check (ial between 0 and 2),
    acr text not null check (acr in ('aal1', 'aal2')),
    amr text[] not null,
    auth_time timestamptz not null,
    device text,
    rt_hash bytea,
    rt_gen integer,
    rt_pepper text,
    rt_rotated_at timestamptz,
    idle_expires_at timestamptz not null,
    expires_at timestamptz not null,
    revoked_at timestamptz,
    reason text,
    upstream text,
    upstream_sid_hash bytea
);

-- Proving more replaces the session of the same program on the same device.
create unique index session_live on session (person_id, client_id, dpop_jkt)
    where revoked_at is null;

create table console_session (
    hash bytea primary key,
    staff_id uuid not null references staff,
    step_up_at timestamptz not null,
    csrf bytea not null,
    idle_expires_at timestamptz not null,
    expires_at timestamptz not null,
    revoked_at timestamptz
);

create index console_session_by_staff on console_session (staff_id);

-- The private part lies with the key store, under `private_ref`.
create table signing_key (
    kid text primary key,
    public_jwk jsonb not null,
    private_ref text not null,
    state text not null check (state in ('next', 'current', 'previous', 'dead')),
    published_at timestamptz not null,
    active_from timestamptz,
    retired_at timestamptz
);

create unique index signing_key_one_next on signing_key (state) where state = 'next';
create unique index signing_key_one_current on signing_key (state) where state = 'current';

-- What may be used once. Losing it in a crash is harmless: what it holds is stale in minutes.
create unlogged table replay (
    kind text not null,
    hash bytea not null,
    expires_at timestamptz not null,
    primary key (kind, hash)
);

create index replay_by_end on replay (expires_at);
grant select, delete on replay to tinhs_job;
