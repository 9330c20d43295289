-- Work that goes to a system of the agency's own, and what came of it. A number of a system belongs
-- to one report, however often that is reopened: two reports under one number are a fault there.
create table handover (
    id uuid primary key,
    report_id uuid not null references report,
    commune_code text not null,
    assignment_id uuid not null references assignment,
    agency_id uuid not null,
    errand text not null check (errand in ('work', 'recall')),
    recalls uuid references handover check ((recalls is null) = (errand = 'work')),
    system text not null,
    state text not null check (state in (
        'queued', 'sending', 'sent', 'acknowledged', 'failed', 'dead', 'cancelled')),
    made_at timestamptz not null,
    state_at timestamptz not null,
    turn smallint not null default 0,
    sends smallint not null default 0,
    tries smallint not null default 0,
    next_try_at timestamptz check ((next_try_at is null) = (state <> 'failed')),
    failure text check (failure in ('unanswered', 'declined', 'number-taken', 'no-system')),
    token text,
    reference text,
    exclude using gist (system with =, reference with =, report_id with <>)
        where (reference is not null)
);

create index handover_by_state on handover (state, commune_code, id);
create index handover_of_report on handover (report_id, id);
create index handover_of_assignment on handover (assignment_id, id);

alter table handover enable row level security;
alter table handover force row level security;
create policy of_report on handover using (tinhs.kind() = 'job' or sees(report_id));
