-- What a document says lies closed, with a key of its own that the database does not know: drafts,
-- contents, and what runs have yet to print. Rows of before are closed by a job, for SQL has no
-- key; until then, and while processes of the last release still write, they lie open.
alter table revision
    add column draft_enc bytea,
    add column content_enc bytea;
alter table revision drop constraint revision_check;
alter table revision
    add constraint revision_says check (num_nonnulls(data, draft_enc, content, content_enc) = 1);
create index revision_open on revision (document_id, rev)
    where data is not null or content is not null;

alter table run_item add column draft_enc bytea;
create index run_item_open on run_item (run_id, seq) where draft is not null;

-- A party's name stands in the content, and nothing reads it here.
alter table party alter column name set default '';

-- Files that no row names are looked for by the hashes of both.
create index revision_by_base on revision (base_sha256) where base_sha256 is not null;

-- Without a policy for it, nothing could be deleted: neither when two accounts become one, nor when
-- a draft that was never signed is erased.
create policy forgotten on access for delete using (tinhs.kind() = 'job');
