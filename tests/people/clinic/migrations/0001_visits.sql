create table visit (
    id uuid primary key,
    person_id uuid not null,
    complaint_enc bytea not null
);

alter table visit enable row level security;
alter table visit force row level security;
create policy theirs on visit
    using (person_id = any (tinhs.subjects()) or tinhs.kind() in ('staff', 'job', 'partner'));
