-- Reports that an officer takes down for somebody: by telephone, at the counter, from a letter.
alter table report
    drop constraint report_origin_check,
    add constraint report_origin_check
        check (origin in ('account', 'anonymous', 'open311', 'desk'));

create index assignment_by_handler on assignment (handler_id, offered_at)
    where handler_id is not null and state in ('offered', 'accepted', 'working');

-- Somebody who follows a report holds that its end is none. Counted in public; the words are for the
-- desk, and whose they are for nobody.
create table objection (
    report_id uuid not null references report,
    cycle smallint not null,
    person_id uuid not null,
    text text not null,
    at timestamptz not null,
    primary key (report_id, cycle, person_id)
);

create index objection_by_person on objection (person_id);

alter table objection enable row level security;
alter table objection force row level security;
create policy of_report on objection for select using (
    person_id = tinhs.person_id() or tinhs.kind() = 'job' or tinhs.kind() = 'staff' and sees(report_id));
create policy theirs on objection
    using (person_id = tinhs.person_id() or tinhs.kind() = 'job');

alter table public_report add column objections integer not null default 0;
