-- How dossiers stand, as the one-stop system tells it. Nobody's name, number or phone is kept: a
-- dossier knows its owner by a keyed digest, and whoever asks by a digest of code and proof.

-- Whoever proves to know a dossier shows the digest for the length of one transaction.
create function shown_tag() returns bytea
    language sql stable parallel safe
    return decode(nullif(current_setting('public_services.shown_tag', true), ''), 'hex');

-- A delivery whose signature is good writes what is its source's, and nothing else.
create function signed_source() returns text
    language sql stable parallel safe
    return nullif(current_setting('public_services.signed_source', true), '');

create table connector (
    source text primary key,
    last_ok_at timestamptz not null
);

-- Which digest is whose: identity knows numbers, this schema never does.
create table dossier_owner (
    owner_index bytea not null,
    person_id uuid not null,
    primary key (person_id, owner_index)
);

create table dossier (
    id uuid primary key,
    source text not null,
    code text not null,
    procedure_code text,
    procedure_title text not null,
    receiving_agency text not null,
    resolving_agency text not null,
    status smallint not null check (status between 1 and 10),
    status_at timestamptz not null,
    source_seq bigint not null default 0,
    submitted_at timestamptz,
    received_at timestamptz,
    first_due_at timestamptz,
    due_at timestamptz,
    finished_at timestamptz,
    returned_at timestamptz,
    owner_index bytea,
    fee_due_vnd bigint check (fee_due_vnd >= 0),
    told_at timestamptz not null,
    synced_at timestamptz not null,
    unique (source, code)
);

create index dossier_by_owner on dossier (owner_index) where owner_index is not null;

-- A wrong proof and an unknown code are the same miss in one index.
create table dossier_factor (
    tag bytea not null,
    dossier_id uuid not null references dossier on delete cascade,
    primary key (tag, dossier_id)
);
create index factor_by_dossier on dossier_factor (dossier_id);

create table dossier_event (
    id uuid primary key,
    dossier_id uuid not null references dossier on delete cascade,
    source_event_id text not null,
    occurred_at timestamptz not null,
    source_seq bigint not null default 0,
    to_status smallint not null check (to_status between 1 and 10),
    step_due_at timestamptz,
    unique (dossier_id, source_event_id)
);
create index event_in_order on dossier_event (dossier_id, occurred_at, source_seq);

-- What officers wrote is for the owner alone.
create table dossier_event_text (
    event_id uuid primary key references dossier_event on delete cascade,
    dossier_id uuid not null references dossier on delete cascade,
    department text not null,
    content text not null,
    reason text not null
);
create index event_text_by_dossier on dossier_event_text (dossier_id);

alter table connector enable row level security;
alter table connector force row level security;
create policy everybody on connector for select using (true);
create policy its_source on connector
    using (tinhs.kind() = 'job' or source = signed_source());

alter table dossier_owner enable row level security;
alter table dossier_owner force row level security;
create policy theirs on dossier_owner
    using (tinhs.kind() = 'job' or person_id = any (tinhs.subjects()));

-- Refers to no other table, so that no policy waits for itself.
alter table dossier_factor enable row level security;
alter table dossier_factor force row level security;
create policy shown on dossier_factor
    using (
        tinhs.kind() = 'job'
        or tag = shown_tag()
        or signed_source() is not null);

alter table dossier enable row level security;
alter table dossier force row level security;
create policy theirs on dossier
    using (
        tinhs.kind() = 'job'
        or source = signed_source()
        or tinhs.kind() = 'citizen' and owner_index in (
            select dossier_owner.owner_index
              from dossier_owner
             where dossier_owner.person_id = any (tinhs.subjects()))
        or shown_tag() is not null and exists (
            select from dossier_factor
             where dossier_factor.dossier_id = dossier.id
               and dossier_factor.tag = shown_tag()));

-- What hangs on a dossier is seen by whoever sees the dossier. A function looks at one dossier by its
-- key; written out, the planner may prefer to read them all.
create function sees_dossier(dossier_id uuid) returns boolean
    language plpgsql stable parallel safe
as $$
begin
    return exists (select from public_services.dossier where dossier.id = sees_dossier.dossier_id);
end
$$;

alter table dossier_event enable row level security;
alter table dossier_event force row level security;
create policy of_dossier on dossier_event
    using (tinhs.kind() = 'job' or sees_dossier(dossier_id));

alter table dossier_event_text enable row level security;
alter table dossier_event_text force row level security;
create policy of_owner on dossier_event_text
    using (tinhs.kind() = 'job' or shown_tag() is null and sees_dossier(dossier_id));

-- What was answered to a delivery, to be answered again when it comes again.
create table delivery (
    source text not null,
    webhook_id text not null,
    digest bytea not null,
    receipt jsonb not null,
    came_at timestamptz not null,
    primary key (source, webhook_id)
);
create index delivery_by_age on delivery (came_at);

alter table delivery enable row level security;
alter table delivery force row level security;
create policy its_source on delivery
    using (tinhs.kind() = 'job' or source = signed_source());
