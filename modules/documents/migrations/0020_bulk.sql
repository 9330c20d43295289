-- A school's year at once: what was handed in, looked at, and has become documents.
create table issuance_run (
    id uuid primary key,
    kind text not null,
    agency_id uuid not null,
    name text not null,
    state text not null
        check (state in ('gathering', 'looking', 'refused', 'running', 'paused')),
    begun_by uuid,
    begun_at timestamptz not null
);

create index issuance_run_by_agency on issuance_run (agency_id, id);

-- One document to be. Everything in it that is random or of the day is chosen once and kept here,
-- so that a worker who takes over from a dead one prints the very same bytes.
create table run_item (
    run_id uuid not null references issuance_run,
    seq integer not null,
    agency_id uuid not null,
    kind text not null,
    key text not null,
    state text not null check (state in ('queued', 'refused', 'failed', 'frozen')),
    document_id uuid not null unique,
    code text not null,
    salt text not null,
    schema text not null,
    -- Its words, until they lie in the revision.
    draft jsonb,
    issued_on date,
    list integer references status_list,
    place integer,
    defects jsonb not null default '[]',
    primary key (run_id, seq),
    unique (list, place)
);

create unique index run_item_by_key on run_item (kind, key) where state <> 'refused';
create index run_item_defect on run_item (run_id, seq) where defects <> '[]';

alter table issuance_run enable row level security;
alter table issuance_run force row level security;
create policy of_the_agency on issuance_run using (
    tinhs.kind() = 'job' or agency_id = any (tinhs.agencies()));

alter table run_item enable row level security;
alter table run_item force row level security;
create policy of_the_agency on run_item using (
    tinhs.kind() = 'job' or agency_id = any (tinhs.agencies()));

revoke delete on issuance_run, run_item from tinhs_rt, tinhs_job;
