-- Programs that file for people and, where bound to an agency, answer for it. The key itself is
-- shown once and kept nowhere.
create table open311_key (
    id uuid primary key,
    key_mac bytea not null unique check (length(key_mac) = 32),
    name text not null,
    contact text not null,
    agency_id uuid,
    made_at timestamptz not null,
    disabled_at timestamptz
);

-- What a program posted last, so that the same form within ten minutes is the same report.
create table open311_post (
    digest bytea primary key check (length(digest) = 32),
    report_id uuid,
    posted_at timestamptz not null
);

create index open311_post_by_age on open311_post (posted_at);

-- Updates by agencies' programs, each by the name it has there.
create table open311_update (
    key_id uuid not null,
    update_id text not null check (length(update_id) between 1 and 100),
    code text not null,
    at timestamptz not null,
    primary key (key_id, update_id)
);

alter table open311_key enable row level security;
alter table open311_key force row level security;
create policy whoever_shows_it on open311_key for select using (true);
create policy of_the_desk on open311_key using (tinhs.kind() in ('staff', 'job'));

alter table reporter add column open311_key_id uuid;
