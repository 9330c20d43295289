-- In which transaction an event was written, so that whoever listens gets each exactly once: events
-- become visible in the order of commits, which no clock tells. Older events have none.
alter table event add column written_in bigint;
alter table event
    alter column written_in set default pg_current_xact_id()::text::bigint;

create index event_as_written on event (written_in) where written_in is not null;
