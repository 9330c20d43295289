-- A pupil's year at a school while it is being written. What was signed lies in `documents`; this
-- is the school's own sheet, and belongs to the school.
create table record (
    id uuid primary key,
    agency_id uuid not null,
    pupil_id uuid not null,
    school_year text not null,
    class_name text not null,
    content jsonb not null,
    -- The document of which every amendment is a revision; none before the first is issued.
    document_id uuid unique,
    written_at timestamptz not null,
    unique (agency_id, pupil_id, school_year)
);

create index record_by_class on record (agency_id, school_year, class_name, id);
create index record_by_pupil on record (pupil_id);

-- That a teacher stands by what a record says of a subject. It holds for these words alone: a mark
-- that is changed afterwards has to be stood by anew.
create table confirmation (
    record_id uuid not null references record on delete cascade,
    subject text not null,
    sha256 bytea not null check (length(sha256) = 32),
    confirmed_by uuid not null,
    confirmed_at timestamptz not null,
    primary key (record_id, subject, sha256)
);

revoke update on confirmation from tinhs_rt, tinhs_job;

alter table record enable row level security;
alter table record force row level security;
create policy of_the_school on record using (
    tinhs.kind() = 'job' or agency_id = any (tinhs.agencies()));

alter table confirmation enable row level security;
alter table confirmation force row level security;
create policy of_the_school on confirmation using (
    tinhs.kind() = 'job'
    or exists (select from record where record.id = confirmation.record_id));
