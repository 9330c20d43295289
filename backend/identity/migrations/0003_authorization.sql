-- Signing in: what an app has asked for, the person who is answering, and the code that comes of it.
-- Everything here lives for minutes; a job forgets what is over.

create table pushed_request (
    hash bytea primary key,
    client_id text not null references client,
    wanted jsonb not null,
    dpop_jkt text,
    interaction_id uuid,
    expires_at timestamptz not null
);

create index pushed_request_by_end on pushed_request (expires_at);

-- One person before our pages. The cookie's secret keeps the link from working in another browser;
-- sends and guesses are counted here, in the row, so that asking in parallel gains nothing.
create table interaction (
    id uuid primary key,
    secret_hash bytea not null,
    client_id text not null references client,
    wanted jsonb not null,
    dpop_jkt text,
    phone_enc bytea,
    phone_bidx bytea,
    sends smallint not null default 0,
    guesses smallint not null default 0,
    holder_id uuid references person,
    finished_at timestamptz,
    expires_at timestamptz not null
);

create index interaction_by_end on interaction (expires_at);

create table code (
    hash bytea primary key,
    client_id text not null references client,
    redirect_uri text not null,
    challenge text not null,
    dpop_jkt text,
    nonce text not null,
    scope text not null,
    person_id uuid not null references person,
    ial smallint not null check (ial between 0 and 2),
    acr text not null check (acr in ('aal1', 'aal2')),
    amr text[] not null,
    auth_time timestamptz not null,
    session_id uuid references session,
    used_at timestamptz,
    expires_at timestamptz not null
);

create index code_by_end on code (expires_at);

-- A code that comes again ends the session it opened, so it is remembered for a day.
grant select (hash, expires_at), delete on pushed_request, code to tinhs_job;
grant select (id, expires_at), delete on interaction to tinhs_job;

create index session_by_person on session (person_id);
