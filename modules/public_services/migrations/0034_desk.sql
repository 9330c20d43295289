-- What people search for and do not find: sums of a day, of five askers at least. A question of
-- fewer is in no table at all; it waits in the memory of a process and is gone with the day.
create table search_sum (
    day date not null,
    question text not null,
    uses integer not null check (uses >= 5),
    unopened integer not null check (unopened between 0 and uses),
    primary key (day, question)
);

-- Forms to fill in. A file never changes: its address is its digest.
create table form (
    code text primary key check (code ~ '^[a-z0-9-]{1,60}$'),
    name text not null,
    procedures text[] not null default '{}',
    version integer not null default 1
);

create table form_file (
    form_code text not null references form on delete cascade,
    sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
    media_type text not null,
    name text not null,
    bytes integer not null check (bytes between 1 and 10485760),
    content bytea not null,
    added_at timestamptz not null,
    primary key (form_code, sha256)
);
alter table form_file alter column content set storage external;

alter table life_event add column version integer not null default 1;

-- At the desk somebody reads out the end of a code. For the length of one transaction the database
-- shows an officer the dossiers that end so, and of owners whom to tell that somebody looked.
create function desk_ending() returns text
    language sql stable parallel safe
    return nullif(current_setting('public_services.desk_ending', true), '');

create policy at_desk on dossier for select
    using (
        tinhs.kind() = 'staff'
        and length(desk_ending()) >= 6
        and right(code, length(desk_ending())) = desk_ending());

create policy told_of_looks on dossier_owner for select
    using (tinhs.kind() = 'staff' and length(desk_ending()) >= 6);

-- Under row-level security an index serves plain comparisons alone, hence a column.
alter table dossier add column ending text generated always as (right(code, 6)) stored;
create index dossier_by_ending on dossier (ending);
