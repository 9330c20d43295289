-- Whoever writes is about to change the report; whoever only looks is not. Processes of the last
-- release say neither, and count as looking.
alter table presence add column is_writing boolean not null default false;
