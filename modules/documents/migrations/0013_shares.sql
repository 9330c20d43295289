-- What a holder lets somebody see for a while: the agreement, which the holder alone reads, ...
create table share (
    id uuid primary key,
    document_id uuid not null,
    shared_by uuid not null,
    fields text[] not null check (cardinality(fields) between 1 and 50),
    purpose text not null,
    recipient text not null,
    token_sha256 bytea not null unique check (length(token_sha256) = 32),
    shared_at timestamptz not null
);

create index share_by_document on share (document_id, id);

alter table share enable row level security;
alter table share force row level security;
create policy theirs on share using (
    shared_by = tinhs.person_id() or tinhs.kind() = 'job');
revoke update, delete on share from tinhs_rt, tinhs_job;

-- ... and what its token opens: sealed with the token itself, which lies nowhere here.
create table share_opening (
    token_sha256 bytea primary key check (length(token_sha256) = 32),
    sealed bytea not null,
    list integer not null,
    place integer not null,
    expires_at timestamptz not null,
    views_max integer not null check (views_max between 1 and 1000),
    views integer not null default 0,
    revoked_at timestamptz
);

create table share_view (
    token_sha256 bytea not null references share_opening,
    opened_at timestamptz not null,
    client_id text
);

create index share_view_by_token on share_view (token_sha256, opened_at);

revoke delete on share_opening, share_view from tinhs_rt, tinhs_job;
revoke update on share_view from tinhs_rt, tinhs_job;

-- A holder stays one, even who drafted or signs the document too.
create policy held on access
    for update using (
        granted_by in (tinhs.person_id(), tinhs.staff_id())
        or tinhs.kind() = 'job'
        or person_id = tinhs.person_id());

create table paper_copy (
    id uuid primary key,
    document_id uuid not null,
    rev smallint not null,
    made_by uuid,
    made_at timestamptz not null
);

alter table paper_copy enable row level security;
alter table paper_copy force row level security;
create policy theirs on paper_copy using (
    tinhs.kind() = 'job'
    or exists (select from document where document.id = paper_copy.document_id));
revoke update, delete on paper_copy from tinhs_rt, tinhs_job;
