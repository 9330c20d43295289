-- Categories are set up by administrators too, beside the list that ships: a version by hand stays
-- when the list is loaded again. Processes of the last release read the same versions, and ask no
-- questions. Of a version that is there nothing changes but the day that ends it.
alter table category_version
    add column questions jsonb not null default '[]',
    add column by_hand boolean not null default false;

grant insert on category, category_version to tinhs_rt;
grant update (valid_to) on category_version to tinhs_rt;

alter table category enable row level security;
alter table category force row level security;
create policy everybody on category for select using (true);
create policy of_the_house on category using (tinhs.kind() in ('staff', 'job'));

alter table category_version enable row level security;
alter table category_version force row level security;
create policy everybody on category_version for select using (true);
create policy of_the_house on category_version using (tinhs.kind() in ('staff', 'job'));

-- What was answered at filing, with the words of the question as it was asked.
alter table report_text add column answers jsonb not null default '[]';

-- Who set up what, when and why. Only ever added to.
create table setup_change (
    id uuid primary key,
    kind text not null check (kind in ('category', 'class', 'reason', 'template', 'route-out')),
    code text not null,
    staff_id uuid not null,
    at timestamptz not null,
    reason text not null,
    before jsonb,
    after jsonb not null
);

create index setup_change_in_order on setup_change (kind, code, id);

revoke update, delete on setup_change from tinhs_rt, tinhs_job;

create trigger setup_change_stands before update or delete on setup_change
    for each row execute function refuse_change();

alter table setup_change enable row level security;
alter table setup_change force row level security;
create policy of_the_desk on setup_change using (tinhs.kind() in ('staff', 'job'));

-- Terms of a class from a day on; before the first, the settings say them. A clock runs by those of
-- the day on which it began to run.
create table deadline_term (
    deadline_class text not null
        check (deadline_class in ('urgent', 'priority', 'normal', 'complex')),
    valid_from date not null,
    triage_days smallint not null check (triage_days between 0 and 90),
    triage_minutes integer not null check (triage_minutes between 0 and 1440),
    handling_days smallint not null check (handling_days between 0 and 90),
    handling_hours integer not null check (handling_hours between 0 and 720),
    primary key (deadline_class, valid_from),
    check ((triage_days = 0) <> (triage_minutes = 0)),
    check ((handling_days = 0) <> (handling_hours = 0))
);

revoke update, delete on deadline_term from tinhs_rt, tinhs_job;

alter table deadline_term enable row level security;
alter table deadline_term force row level security;
create policy everybody on deadline_term for select using (true);
create policy of_the_desk on deadline_term using (tinhs.kind() in ('staff', 'job'));

-- Empty: the terms of the day on which the clock began, which processes of the last release meant.
alter table clock add column terms_on date;

-- Codes by which a decision is counted, and what people read in their place.
create table reason (
    for_call text not null check (for_call in ('declination', 'hiding', 'return')),
    code text not null check (code ~ '^[a-z][a-z0-9-]{0,39}$'),
    position smallint not null,
    label_vi text not null,
    label_en text not null,
    ended_on date,
    version integer not null default 1,
    primary key (for_call, code)
);

revoke delete on reason from tinhs_rt, tinhs_job;

alter table reason enable row level security;
alter table reason force row level security;
create policy everybody on reason for select using (true);
create policy of_the_desk on reason using (tinhs.kind() in ('staff', 'job'));

-- Standard texts, for a call and perhaps one reason or category of it.
create table template (
    code text primary key check (code ~ '^[a-z][a-z0-9-]{0,39}$'),
    for_call text not null,
    reason text,
    category_code text references category,
    text_vi text not null,
    text_en text not null,
    ended_on date,
    version integer not null default 1
);

create index template_of_call on template (for_call, code) where ended_on is null;

revoke delete on template from tinhs_rt, tinhs_job;

alter table template enable row level security;
alter table template force row level security;
create policy of_the_desk on template using (tinhs.kind() in ('staff', 'job'));
