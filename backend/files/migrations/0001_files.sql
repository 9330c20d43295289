-- What lies in the store. The bytes lie outside, under the day and the id of the file.
create table file (
    id uuid primary key,
    purpose text not null check (length(purpose) <= 64),
    -- Who sent it, a person or an officer, until a module claims it for the thing it is about.
    owner_id uuid,
    about uuid,
    state text not null check (state in ('receiving', 'quarantined', 'ready', 'rejected')),
    media_type text not null,
    bytes integer not null check (bytes > 0),
    width integer not null check (width > 0),
    height integer not null check (height > 0),
    sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
    renditions jsonb not null,
    -- What the camera said, for whoever claims the file.
    taken_at timestamptz,
    lat double precision check (lat between -90 and 90),
    lon double precision check (lon between -180 and 180),
    received_at timestamptz not null,
    check ((lat is null) = (lon is null)),
    -- A claimed file leads to no person and to no place: that is the claiming module's to keep.
    constraint file_claimed_is_nobodys check ((about is null) <> (owner_id is null)),
    constraint file_claimed_is_silent check (
        about is null or (taken_at is null and lat is null)
    )
);

create index file_unclaimed on file (received_at) where about is null;

-- How much a person has sent on a day in Vietnam.
create table allowance (
    owner_id uuid not null,
    day date not null,
    files integer not null,
    bytes bigint not null,
    primary key (owner_id, day)
);

create index allowance_by_day on allowance (day);

-- Unclaimed files are their sender's and the timetable's; claimed ones tell of nobody.
alter table file enable row level security;
alter table file force row level security;
create policy file_of_its_sender on file
    using (
        about is not null
        or owner_id in (tinhs.person_id(), tinhs.staff_id())
        or tinhs.kind() = 'job'
    );

alter table allowance enable row level security;
alter table allowance force row level security;
create policy allowance_of_its_owner on allowance
    using (
        owner_id in (tinhs.person_id(), tinhs.staff_id())
        or tinhs.kind() = 'job'
    );
