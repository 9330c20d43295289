-- What happened on a day, by agency, commune and category. Counted again from events and clocks
-- until the day is over; then it does not change any more. No row tells of one report's reporter.
create table stat_day (
    day date not null,
    agency_id uuid,
    agency_name text,
    commune_code text not null,
    category_code text not null,
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
    desk_seconds bigint not null
);

create index stat_day_by_day on stat_day (day, commune_code);

alter table stat_day enable row level security;
alter table stat_day force row level security;
create policy everybody on stat_day for select using (true);
create policy of_the_house on stat_day using (tinhs.kind() = 'job');
