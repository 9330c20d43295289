-- What an agency has to do is found without reading what it has done.
create index assignment_to_do on assignment (owner_agency_id, offered_at, report_id)
    where state in ('offered', 'accepted', 'working');

-- How much waits, by state, counted without a look at the reports: the index holds what the row
-- policy asks for. And what is late, without a look at what is not.
create index report_waiting on report (state, commune_code) include (id, concerned_agency_id)
    where state in ('received', 'in_review', 'needs_info', 'with_agency', 'awaiting_approval',
                    'reopen_requested');
create index clock_late on clock (report_id) where next_check_at is not null and level >= 2;

-- A period is added up from as many rows as there are agencies, communes or categories in its
-- months, and on the days at its ends: `stat_day` has nearly a row for each report. Rows follow
-- `stat_day` whoever writes that, so processes of the last release keep them true. `day` is the
-- first of a month.
create table stat_sum (
    span text not null check (span in ('day', 'month')),
    kind text not null check (kind in ('day', 'agency', 'commune', 'category')),
    day date not null,
    key text not null,
    label text,
    filed integer not null,
    declined integer not null,
    resolved integer not null,
    in_time_originally integer not null,
    in_time integer not null,
    extended integer not null,
    paused integer not null,
    reopened integer not null,
    closed integer not null,
    confirmed integer not null,
    desk_seconds bigint not null,
    primary key (span, kind, day, key)
);

create function sum_days(days date[]) returns void language sql as $$
    delete from feedback.stat_sum where span = 'day' and day = any (days);
    insert into feedback.stat_sum (
        span, kind, day, key, label, filed, declined, resolved, in_time_originally, in_time,
        extended, paused, reopened, closed, confirmed, desk_seconds)
    select 'day', part.kind, stat_day.day, part.key, max(part.label), sum(filed), sum(declined),
           sum(resolved), sum(in_time_originally), sum(in_time), sum(extended), sum(paused),
           sum(reopened), sum(closed), sum(confirmed), sum(desk_seconds)
      from feedback.stat_day
     cross join lateral (
           values ('day', stat_day.day::text, null),
                  ('agency', coalesce(agency_id::text, ''), agency_name),
                  ('commune', commune_code, null),
                  ('category', category_code, null)) as part (kind, key, label)
     where stat_day.day = any (days)
     group by part.kind, stat_day.day, part.key
     order by part.kind, stat_day.day, part.key;

    delete from feedback.stat_sum
     where span = 'month'
       and day in (select date_trunc('month', one.day)::date from unnest(days) as one (day));
    insert into feedback.stat_sum (
        span, kind, day, key, label, filed, declined, resolved, in_time_originally, in_time,
        extended, paused, reopened, closed, confirmed, desk_seconds)
    select 'month', kind, month.day, key, max(label), sum(filed), sum(declined), sum(resolved),
           sum(in_time_originally), sum(in_time), sum(extended), sum(paused), sum(reopened),
           sum(closed), sum(confirmed), sum(desk_seconds)
      from (select distinct date_trunc('month', one.day)::date as day
              from unnest(days) as one (day)) as month
      join feedback.stat_sum
        on span = 'day' and kind <> 'day'
       and stat_sum.day >= month.day and stat_sum.day < month.day + interval '1 month'
     group by kind, month.day, key
     order by kind, month.day, key;
$$;

create function sum_changed_days() returns trigger language plpgsql as $$
begin
    perform feedback.sum_days(array(select distinct day from changed));
    return null;
end
$$;

select sum_days(array(select distinct day from stat_day));

create trigger on_counted after insert on stat_day
    referencing new table as changed
    for each statement execute function sum_changed_days();
create trigger on_cleared after delete on stat_day
    referencing old table as changed
    for each statement execute function sum_changed_days();

alter table stat_sum enable row level security;
alter table stat_sum force row level security;
create policy everybody on stat_sum for select using (true);
create policy of_the_house on stat_sum using (tinhs.kind() = 'job');
