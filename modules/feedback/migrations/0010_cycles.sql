-- A report may be released, returned, merged, asked for again and closed. Processes of the last
-- release know nothing of the new columns and states; all have defaults, and no report is in one of
-- the new states before a new process has put it there.
alter table report
    drop constraint report_state_check,
    add constraint report_state_check check (state in (
        'received', 'in_review', 'needs_info', 'with_agency', 'awaiting_approval',
        'reopen_requested', 'resolved', 'declined', 'duplicate', 'withdrawn', 'closed')),
    add column claimed_until timestamptz,
    add column decide_by timestamptz,
    add column reopenings smallint not null default 0 check (reopenings between 0 and 2),
    add column returns smallint not null default 0 check (returns between 0 and 2),
    add column merged_from text check (merged_from in ('received', 'in_review', 'with_agency')),
    add column merged_work text check (merged_work in ('offered', 'accepted', 'working')),
    add column canonical_id uuid references report,
    add column concerned_agency_id uuid,
    add constraint report_merged_from_somewhere
        check ((state = 'duplicate') = (merged_from is not null)
            and (state = 'duplicate') = (canonical_id is not null));

drop index report_open;
create index report_open on report (received_at, id)
    where state in ('received', 'in_review', 'needs_info', 'with_agency', 'awaiting_approval',
                    'reopen_requested');
drop index report_open_by_commune;
create index report_open_by_commune on report (commune_code, received_at, id)
    where state in ('received', 'in_review', 'needs_info', 'with_agency', 'awaiting_approval',
                    'reopen_requested');
create index report_claimed on report (claimed_until, id)
    where state = 'in_review' and claimed_until is not null;
create index report_undecided on report (decide_by, id)
    where state = 'reopen_requested' and decide_by is not null;
create index report_to_close on report (state_at, id) where state in ('resolved', 'declined');
create index report_merged_into on report (canonical_id) where canonical_id is not null;

-- One agency leads in each cycle; others may help. The work of earlier cycles stays.
alter table assignment
    drop constraint assignment_state_check,
    add constraint assignment_state_check check (state in (
        'offered', 'accepted', 'working', 'done', 'approved', 'returned', 'cancelled')),
    add column cycle smallint not null default 1 check (cycle > 0),
    add column role text not null default 'lead' check (role in ('lead', 'coordinate')),
    add column handler_id uuid,
    add column transferred_to text,
    add column transfer_reference text,
    add column transferred_until date,
    add column accept_by timestamptz;

drop index assignment_live;
create unique index assignment_leads on assignment (report_id, cycle)
    where role = 'lead' and state not in ('returned', 'cancelled');
create unique index assignment_helps on assignment (report_id, cycle, owner_agency_id)
    where state not in ('returned', 'cancelled');
create index assignment_unaccepted on assignment (accept_by, id)
    where state = 'offered' and accept_by is not null;

alter table publication
    drop constraint publication_state_check,
    add constraint publication_state_check
        check (state in ('private', 'drafted', 'public', 'hidden', 'sealed'));

-- What the reporter thought of a cycle: now, and each time before.
create table rating (
    report_id uuid not null references report,
    cycle smallint not null,
    state text not null check (state in ('open', 'given', 'locked')),
    value smallint check (value between 1 and 3),
    reasons text[] not null default '{}',
    given_at timestamptz,
    primary key (report_id, cycle),
    check ((value is null) = (given_at is null)),
    check (state <> 'given' or value is not null)
);

create table rating_past (
    report_id uuid not null,
    cycle smallint not null,
    seq smallint not null,
    value smallint not null check (value between 1 and 3),
    reasons text[] not null,
    given_at timestamptz not null,
    primary key (report_id, cycle, seq),
    foreign key (report_id, cycle) references rating
);

-- What an agency would have the reporter asked. The desk asks it in its own words.
create table inquiry (
    id uuid primary key,
    report_id uuid not null references report,
    cycle smallint not null,
    text text not null,
    asked_at timestamptz not null,
    passed_at timestamptz
);

create index inquiry_of_report on inquiry (report_id, cycle);

revoke delete on rating from tinhs_rt, tinhs_job;
revoke update, delete on rating_past from tinhs_rt, tinhs_job;

alter table rating enable row level security;
alter table rating force row level security;
create policy of_report on rating using (tinhs.kind() = 'job' or sees(report_id));

alter table rating_past enable row level security;
alter table rating_past force row level security;
create policy of_report on rating_past using (tinhs.kind() = 'job' or sees(report_id));

alter table inquiry enable row level security;
alter table inquiry force row level security;
create policy of_report on inquiry using (tinhs.kind() = 'job' or sees(report_id));

-- A report about an agency is not that agency's to read, whoever gave it to it.
create policy not_of_whom_it_is_about on report as restrictive
    using (concerned_agency_id is null or concerned_agency_id <> all (tinhs.agencies()));
