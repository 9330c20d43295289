-- What anybody may learn of a document by its code or hash, and what was asked about which file.

-- Not a word of anybody: the code that is printed on it, its kind, the day it was issued.
alter table placement
    add column code text,
    add column kind text,
    add column issued_at timestamptz;

update placement
   set code = document.code, kind = document.kind
  from document
 where document.id = placement.document_id;

create index placement_by_code on placement (code);
create index placement_by_content on placement (content_sha256);

-- A finished file by its hash, with the verdict of the day it was issued, names left out: whoever
-- holds those very bytes needs no second look. Emptied when trust is taken from somebody.
create table issued_file (
    sha256 bytea primary key check (length(sha256) = 32),
    list integer not null,
    place integer not null,
    log_id uuid not null,
    verdict jsonb not null
);

create index issued_file_by_place on issued_file (list, place);

-- The hash of what was uploaded, never the file; forgotten after ninety days.
create table verification (
    id uuid primary key,
    sha256 bytea not null,
    verdict text not null,
    partner text,
    checked_at timestamptz not null
);

create index verification_by_time on verification (checked_at);

-- Which line of the log is a content's: for a file that says it is of ours, and was never finished
-- so by us.
create table sealed_content (
    content_sha256 bytea primary key check (length(content_sha256) = 32),
    log_id uuid not null
);

revoke update, delete on sealed_content from tinhs_rt, tinhs_job;
