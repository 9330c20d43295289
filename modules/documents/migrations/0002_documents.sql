-- Who may see a document. It names no other table, so that no policy waits for itself.
create table access (
    document_id uuid not null,
    person_id uuid not null,
    granted_by uuid not null,
    primary key (document_id, person_id)
);

create index access_by_person on access (person_id, document_id);

create table document (
    id uuid primary key,
    code text not null unique,
    kind text not null,
    drafted_by uuid not null,
    -- The revision that counts; none before the first is issued.
    current_rev smallint,
    drafted_at timestamptz not null
);

create table revision (
    document_id uuid not null references document,
    rev smallint not null check (rev > 0),
    schema text not null,
    state text not null check (state in (
        'draft', 'frozen', 'signing', 'sealed', 'issued', 'superseded',
        'declined', 'expired', 'cancelled')),
    -- What is being written, until it is frozen; then the bytes, for ever.
    data jsonb,
    content bytea,
    content_sha256 bytea unique,
    list integer,
    place integer,
    frozen_at timestamptz,
    collect_until timestamptz,
    log_id uuid unique,
    issued_at timestamptz,
    reason text,
    primary key (document_id, rev),
    unique (list, place),
    foreign key (list) references status_list,
    check ((data is null) = (content is not null))
);

create unique index revision_live on revision (document_id)
    where state in ('draft', 'frozen', 'signing', 'sealed');
create index revision_collecting on revision (collect_until) where state in ('frozen', 'signing');
create index revision_sealed on revision (log_id) where state = 'sealed';

create table party (
    document_id uuid not null,
    rev smallint not null,
    seq smallint not null,
    role text not null,
    person_id uuid not null,
    subject_ref text not null,
    name text not null,
    turn smallint not null,
    state text not null check (state in ('waiting', 'signed', 'declined')),
    primary key (document_id, rev, seq),
    unique (document_id, rev, role),
    foreign key (document_id, rev) references revision
);

create table signature (
    document_id uuid not null,
    rev smallint not null,
    seq smallint not null,
    protected text not null,
    signature text not null,
    certificate bytea not null,
    signed_at timestamptz not null,
    primary key (document_id, rev, seq),
    foreign key (document_id, rev, seq) references party
);

revoke update, delete on signature from tinhs_rt, tinhs_job;

-- The name under which certificates speak of a person: random, so that it leads to nobody.
create table subject (
    person_id uuid primary key,
    ref text not null unique
);

create table enrolment (
    id uuid primary key,
    person_id uuid not null,
    request bytea not null,
    expires_at timestamptz not null,
    certificate bytea
);

create table certificate (
    fingerprint bytea primary key check (length(fingerprint) = 32),
    person_id uuid not null,
    subject_ref text not null,
    der bytea not null,
    valid_until timestamptz not null
);

create index certificate_by_person on certificate (person_id);

create table signing_session (
    id uuid primary key,
    person_id uuid not null,
    fingerprint bytea not null,
    expires_at timestamptz not null
);

create table session_item (
    session_id uuid not null references signing_session,
    document_id uuid not null,
    rev smallint not null,
    seq smallint not null,
    protected text not null,
    -- What was handed in and taken; a second, equal one gets the same answer.
    signature text,
    primary key (session_id, document_id)
);

alter table access enable row level security;
alter table access force row level security;
create policy theirs on access
    for select using (
        person_id = tinhs.person_id()
        or granted_by = tinhs.person_id()
        or tinhs.kind() in ('job', 'staff'));
create policy named_by_the_drafter on access
    for insert with check (granted_by = tinhs.person_id());

alter table document enable row level security;
alter table document force row level security;
create policy theirs on document using (
    tinhs.kind() in ('job', 'staff')
    or drafted_by = tinhs.person_id()
    or exists (select from access where access.document_id = document.id));

alter table revision enable row level security;
alter table revision force row level security;
create policy theirs on revision using (
    tinhs.kind() in ('job', 'staff')
    or exists (select from access where access.document_id = revision.document_id));

alter table party enable row level security;
alter table party force row level security;
create policy theirs on party using (
    tinhs.kind() = 'job'
    or exists (select from access where access.document_id = party.document_id));

alter table signature enable row level security;
alter table signature force row level security;
create policy theirs on signature using (
    tinhs.kind() = 'job'
    or exists (select from access where access.document_id = signature.document_id));

alter table subject enable row level security;
alter table subject force row level security;
create policy looked_up on subject using (tinhs.kind() in ('citizen', 'job'));

alter table enrolment enable row level security;
alter table enrolment force row level security;
create policy theirs on enrolment using (person_id = tinhs.person_id());

alter table certificate enable row level security;
alter table certificate force row level security;
create policy theirs on certificate using (person_id = tinhs.person_id());

alter table signing_session enable row level security;
alter table signing_session force row level security;
create policy theirs on signing_session using (person_id = tinhs.person_id());

alter table session_item enable row level security;
alter table session_item force row level security;
create policy theirs on session_item using (exists (
    select from signing_session where signing_session.id = session_item.session_id));

-- A revocation takes two registrars; whoever asks leaves a line that nobody can change.
create table revocation (
    document_id uuid not null references document,
    asked_by uuid not null,
    reason text not null,
    asked_at timestamptz not null,
    primary key (document_id, asked_by)
);

revoke update, delete on revocation from tinhs_rt, tinhs_job;
