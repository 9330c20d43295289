create table note (
    id uuid primary key,
    owner_id uuid not null,
    commune_code text not null,
    title text not null,
    text text not null,
    status text not null default 'filed',
    is_public boolean not null default false,
    written_at timestamptz not null,
    version integer not null default 1
);

create index note_newest on note (written_at desc, id desc) where is_public;

-- The second wall: a note is seen by its owner, or by everybody.
alter table note enable row level security;
alter table note force row level security;
create policy seen on note for select
    using (is_public or owner_id = tinhs.person_id());
create policy written on note for insert
    with check (owner_id = tinhs.person_id());

create table place (
    code text primary key,
    name text not null,
    kind text not null,
    parent_code text not null
);

-- Where the peers, who have no house, put what they would tell.
create table outbox (
    id uuid primary key,
    type text not null,
    subject text not null,
    payload jsonb not null,
    published_at timestamptz not null
);
