-- What is masked before everybody reads it: pieces of the text of an event (1: the report itself),
-- suggestions that were left as they are, and rectangles of a photo, in parts of its sides. A
-- decision is undone by another one; what was decided stays.
create table mask (
    id uuid primary key,
    report_id uuid not null references report,
    kind text not null check (kind in ('span', 'left', 'rectangle')),
    seq integer,
    first integer,
    last integer,
    file_id uuid,
    x real,
    y real,
    width real,
    height real,
    reason text not null,
    made_by uuid not null,
    made_at timestamptz not null,
    undone_at timestamptz,
    check ((kind = 'rectangle') = (file_id is not null)),
    check ((kind = 'rectangle') = (x is not null and y is not null and width is not null
                                   and height is not null)),
    check ((kind = 'rectangle') = (seq is null or first is null or last is null)),
    check (first >= 0 and last > first)
);

create index mask_of_report on mask (report_id) where undone_at is null;

-- A photo is shown to everybody after somebody has looked at it, and then as `public_file_id` says.
alter table attachment
    add column looked_at timestamptz,
    add column looked_by uuid,
    add column public_file_id uuid unique;

create table note (
    id uuid primary key,
    report_id uuid not null references report,
    audience text not null check (audience in ('desk', 'agencies')),
    text text not null,
    staff_id uuid not null,
    agency_id uuid,
    at timestamptz not null
);

create index note_of_report on note (report_id, at, id);

-- A relay between whoever reported, the desk and the agency; none of them learns who the others are.
create table message (
    id uuid primary key,
    report_id uuid not null references report,
    side text not null check (side in ('reporter', 'desk', 'agency')),
    text text not null,
    staff_id uuid,
    at timestamptz not null
);

create index message_of_report on message (report_id, at, id);

-- What an officer has begun to write, and who is looking right now.
create table desk_draft (
    report_id uuid not null references report,
    staff_id uuid not null,
    call text not null,
    text text not null,
    at timestamptz not null,
    primary key (report_id, staff_id, call)
);

create table presence (
    report_id uuid not null references report,
    staff_id uuid not null,
    at timestamptz not null,
    primary key (report_id, staff_id)
);

create table saved_filter (
    id uuid primary key,
    staff_id uuid not null,
    agency_id uuid,
    name text not null,
    query text not null,
    is_shared boolean not null,
    at timestamptz not null
);

create index saved_filter_by_staff on saved_filter (staff_id);
create index saved_filter_by_agency on saved_filter (agency_id) where is_shared;

revoke delete on mask, note, message from tinhs_rt, tinhs_job;
grant delete on note, message to tinhs_job;

alter table mask enable row level security;
alter table mask force row level security;
create policy of_report on mask using (tinhs.kind() = 'job' or sees(report_id));

-- What the desk notes for itself, agencies do not see; citizens see none of it.
alter table note enable row level security;
alter table note force row level security;
create policy of_report on note using (
    tinhs.kind() = 'job' or tinhs.kind() = 'staff' and sees(report_id));

alter table message enable row level security;
alter table message force row level security;
create policy of_report on message using (tinhs.kind() = 'job' or sees(report_id));

alter table desk_draft enable row level security;
alter table desk_draft force row level security;
create policy theirs on desk_draft using (tinhs.kind() = 'job' or staff_id = tinhs.staff_id());

alter table presence enable row level security;
alter table presence force row level security;
create policy of_report on presence using (
    tinhs.kind() = 'job' or tinhs.kind() = 'staff' and sees(report_id));

alter table saved_filter enable row level security;
alter table saved_filter force row level security;
create policy theirs on saved_filter using (
    tinhs.kind() = 'job'
    or staff_id = tinhs.staff_id()
    or is_shared and agency_id = any (tinhs.agencies()));
