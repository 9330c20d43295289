-- How much of a report that is over is still kept: 3 everything, 2 without the marks of device and
-- address, 1 without its reporter, 0 without its words and photos.
alter table report add column kept smallint not null default 3 check (kept between 0 and 3);
create index report_to_forget on report (kept, state_at, id)
    where state in ('closed', 'withdrawn') and kept > 0;

-- The newest event of each report that something happened to on a day, and a digest over them that
-- continues the day before: whoever knows one digest notices when anything before it is changed.
create table head (
    day date not null,
    report_id uuid not null references report,
    seq integer not null,
    hash bytea not null check (length(hash) = 32),
    primary key (day, report_id)
);

create index head_of_report on head (report_id, day);

create table manifest (
    day date primary key,
    reports integer not null,
    digest bytea not null check (length(digest) = 32),
    made_at timestamptz not null
);

create index event_by_day on event using brin (at);

revoke update, delete on head, manifest from tinhs_rt, tinhs_job;

alter table head enable row level security;
alter table head force row level security;
create policy of_the_house on head using (tinhs.kind() = 'job');

alter table manifest enable row level security;
alter table manifest force row level security;
create policy of_the_house on manifest using (tinhs.kind() = 'job');
