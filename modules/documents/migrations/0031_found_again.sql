-- What 0010 and 0011 copied of documents that were there already was nothing: row policies hid them
-- from the owner of the tables too. Nobody found such a document by its code or its hash, no registrar
-- could suspend it, and of its PDF alone nobody knew its line of the log.
alter table document no force row level security;
alter table revision no force row level security;

insert into placement (list, place, document_id, rev, content_sha256, is_current)
select list, place, document_id, rev, content_sha256, state = 'issued'
  from revision
 where list is not null
   and content_sha256 is not null
    on conflict do nothing;

update placement
   set code = document.code,
       kind = document.kind,
       issued_at = revision.issued_at
  from revision
  join document on document.id = revision.document_id
 where revision.document_id = placement.document_id
   and revision.rev = placement.rev
   and (placement.code is null
        or placement.issued_at is null and revision.issued_at is not null);

insert into sealed_content (content_sha256, log_id, agency_id)
select revision.content_sha256, revision.log_id, document.agency_id
  from revision
  join document on document.id = revision.document_id
 where revision.log_id is not null
   and revision.content_sha256 is not null
    on conflict do nothing;

alter table document force row level security;
alter table revision force row level security;
