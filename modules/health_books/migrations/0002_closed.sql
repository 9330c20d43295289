-- What an entry says lies closed, with the key of its visit that the database does not know. Kind
-- and marks stay open, for the policies choose rows by them. Entries of before are closed by a job.
alter table item alter column body drop not null;
alter table item
    add column body_enc bytea,
    add constraint item_says check (num_nonnulls(body, body_enc) = 1);
create index item_open on item (id) where body is not null;
