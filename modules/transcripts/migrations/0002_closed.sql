-- A sheet lies closed, with a key of its own that the database does not know. Those of before are
-- closed by a job; until then, and while processes of the last release write, they lie open.
alter table record alter column content drop not null;
alter table record
    add column content_enc bytea,
    add constraint record_says check (num_nonnulls(content, content_enc) = 1);
create index record_open on record (id) where content is not null;
