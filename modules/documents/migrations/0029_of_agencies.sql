-- Whose documents the log holds: so that a kit can say of one organisation's where each line is.
alter table sealed_content add column agency_id uuid;

-- Row policies hide documents from everybody, the owner of the tables too.
alter table document no force row level security;
alter table revision no force row level security;
update sealed_content
   set agency_id = document.agency_id
  from revision
  join document on document.id = revision.document_id
 where revision.content_sha256 = sealed_content.content_sha256
   and document.agency_id is not null;
alter table document force row level security;
alter table revision force row level security;

create index sealed_content_by_agency on sealed_content (agency_id, log_id)
    where agency_id is not null;
