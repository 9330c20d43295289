-- How long each category may take. Versions that processes of the last release know say nothing of
-- it and take the class of most.
alter table category_version
    add column deadline_class text not null default 'normal'
        check (deadline_class in ('urgent', 'priority', 'normal', 'complex'));

alter table report add column cycle smallint not null default 1 check (cycle > 0);

-- Two clocks for each cycle of a report: how long the desk may take to give it to somebody, and how
-- long its handling may take. Both count from `began_at`, when the report was received. `due_at` is
-- the end of a day (modules/feedback/model/clocks.py says which); whether a clock is late is
-- computed, never kept. `level` is how many times the sweeper has spoken, `next_check_at` when it
-- looks again.
create table clock (
    report_id uuid not null references report,
    cycle smallint not null,
    kind text not null check (kind in ('triage', 'handling')),
    deadline_class text not null
        check (deadline_class in ('urgent', 'priority', 'normal', 'complex')),
    original_class text not null,
    began_at timestamptz not null,
    original_due_at timestamptz not null,
    due_at timestamptz not null,
    provisional boolean not null,
    paused_at timestamptz,
    stopped_at timestamptz,
    paused_days integer not null default 0,
    paused_seconds integer not null default 0,
    extended_days integer not null default 0,
    level smallint not null default 0,
    next_check_at timestamptz,
    primary key (report_id, cycle, kind),
    check (paused_at is null or stopped_at is null)
);

create index clock_to_look_at on clock (next_check_at, report_id) where next_check_at is not null;
create index clock_to_count_again on clock (report_id)
    where provisional or stopped_at is null;

-- What was promised first stays what was promised first. Only a deadline that was provisional
-- changes, once, when it stops being so.
create function refuse_other_promise() returns trigger language plpgsql as $$
begin
    if (new.original_due_at is distinct from old.original_due_at
            and not (old.provisional and not new.provisional))
        or (new.provisional and not old.provisional) then
        raise exception 'the first deadline stands' using errcode = 'insufficient_privilege';
    end if;
    return new;
end
$$;

create trigger original_due_stands before update on clock
    for each row execute function refuse_other_promise();

-- Everything that has moved a deadline, with the deadline before and after.
create table due_change (
    report_id uuid not null,
    cycle smallint not null,
    kind text not null,
    seq smallint not null,
    cause text not null check (cause in ('pause', 'extension', 'class', 'calendar')),
    from_at timestamptz,
    to_at timestamptz not null,
    due_before timestamptz not null,
    due_after timestamptz not null,
    primary key (report_id, cycle, kind, seq),
    foreign key (report_id, cycle, kind) references clock,
    check ((from_at is null) = (cause <> 'pause'))
);

create table extension (
    id uuid primary key,
    report_id uuid not null references report,
    cycle smallint not null,
    days smallint not null check (days > 0),
    asked_at timestamptz not null,
    granted boolean,
    decided_at timestamptz,
    unique (report_id, cycle),
    check ((granted is null) = (decided_at is null))
);

create table escalation (
    report_id uuid not null,
    cycle smallint not null,
    kind text not null,
    level smallint not null check (level between 0 and 3),
    at timestamptz not null,
    primary key (report_id, cycle, kind, level),
    foreign key (report_id, cycle, kind) references clock
);

revoke delete on clock from tinhs_rt, tinhs_job;
revoke update, delete on due_change, escalation from tinhs_rt, tinhs_job;

alter table clock enable row level security;
alter table clock force row level security;
create policy of_report on clock using (tinhs.kind() = 'job' or sees(report_id));

alter table due_change enable row level security;
alter table due_change force row level security;
create policy of_report on due_change using (tinhs.kind() = 'job' or sees(report_id));

alter table extension enable row level security;
alter table extension force row level security;
create policy of_report on extension using (tinhs.kind() = 'job' or sees(report_id));

alter table escalation enable row level security;
alter table escalation force row level security;
create policy of_report on escalation using (tinhs.kind() = 'job' or sees(report_id));

-- Everybody reads both deadlines of a public report.
alter table public_report
    add column original_due_at timestamptz,
    add column due_at timestamptz;
