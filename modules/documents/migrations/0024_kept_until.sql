-- The first day on which the law no longer asks for a document, as the module of its kind has said;
-- none: for ever, or nobody can know yet. Then its key is destroyed, and with it what it says.
alter table document
    add column kept_until date,
    add column forgotten_at timestamptz;
create index document_to_forget on document (kept_until) where forgotten_at is null;
