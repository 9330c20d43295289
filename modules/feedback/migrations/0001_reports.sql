-- What one can report. A version is never changed, only ended: a report keeps the one it was filed
-- under. Requests only read these three tables.
create table category_group (
    code text primary key check (code ~ '^[a-z][a-z0-9-]{0,39}$'),
    position smallint not null,
    label_vi text not null,
    label_en text not null
);

create table category (
    code text primary key check (code ~ '^[a-z][a-z0-9-]{0,39}$'),
    group_code text not null references category_group,
    position smallint not null
);

create table category_version (
    category_code text not null references category,
    number smallint not null,
    label_vi text not null,
    label_en text not null,
    help_vi text not null,
    help_en text not null,
    precision text not null check (precision in ('asset', 'street', 'commune')),
    publishable boolean not null,
    evidence text not null check (evidence in ('photo', 'text')),
    emergency_notice_vi text,
    emergency_notice_en text,
    valid_from date not null,
    valid_to date check (valid_to >= valid_from),
    primary key (category_code, number),
    check ((emergency_notice_vi is null) = (emergency_notice_en is null))
);

create unique index category_version_in_force on category_version (category_code)
    where valid_to is null;

revoke insert, update, delete on category_group, category, category_version
    from tinhs_rt, tinhs_job;

-- Who reported, and nothing else is known of it anywhere in this schema. The row comes before its
-- report, because the report is visible to its reporter through it; hence the late check.
create table reporter (
    report_id uuid primary key,
    person_id uuid not null
);

create index reporter_by_person on reporter (person_id, report_id);

-- `client_key` is a digest of the caller and its Idempotency-Key: kept for life, so that a phone
-- that was in a drawer for a week may ask again, and telling nobody which reports are of one person.
create table report (
    id uuid primary key,
    code text not null unique check (code ~ '^PA-[2346789CDFGHJKMNPQRTVWX]{6}$'),
    origin text not null check (origin in ('account')),
    client_key bytea not null check (length(client_key) = 32),
    body_digest bytea not null check (length(body_digest) = 32),
    state text not null check (state in (
        'received', 'in_review', 'with_agency', 'awaiting_approval',
        'resolved', 'declined', 'withdrawn')),
    state_at timestamptz not null,
    version integer not null default 1,
    category_code text not null,
    category_version smallint not null,
    commune_code text not null check (commune_code ~ '^[0-9]{5}$'),
    commune_on date not null,
    lat double precision check (lat between -90 and 90),
    lon double precision check (lon between -180 and 180),
    accuracy_m integer check (accuracy_m >= 0),
    address text,
    captured_at timestamptz,
    received_at timestamptz not null,
    wish text not null check (wish in ('public', 'not_public')),
    claimed_by uuid,
    unique (origin, client_key),
    foreign key (category_code, category_version) references category_version,
    check ((lat is null) = (lon is null))
);

create index report_in_order on report (received_at, id);
create index report_open on report (received_at, id)
    where state in ('received', 'in_review', 'with_agency', 'awaiting_approval');
create index report_open_by_commune on report (commune_code, received_at, id)
    where state in ('received', 'in_review', 'with_agency', 'awaiting_approval');

alter table reporter
    add foreign key (report_id) references report deferrable initially deferred;

-- As the reporter wrote it. What others read is made of it, and it is never changed.
create table report_text (
    report_id uuid primary key references report,
    original text not null
);

-- The work of one agency on a report. `result_seq` is the event that holds what was done.
create table assignment (
    id uuid primary key,
    report_id uuid not null references report,
    owner_agency_id uuid not null,
    agency_name text not null,
    area_code text not null,
    state text not null check (state in (
        'offered', 'accepted', 'working', 'done', 'approved', 'cancelled')),
    state_at timestamptz not null,
    offered_at timestamptz not null,
    planned_for date,
    result_seq integer
);

create unique index assignment_live on assignment (report_id) where state <> 'cancelled';
create index assignment_by_agency on assignment (owner_agency_id, offered_at, report_id);

-- How the desk came to give a report to an agency: the question that was put to the register of
-- agencies, its answer, and who chose, so that it can be understood years later.
create table routing (
    report_id uuid not null references report,
    seq integer not null,
    on_date date not null,
    subject text not null,
    candidates uuid[] not null,
    chosen uuid not null,
    chosen_by uuid not null,
    primary key (report_id, seq)
);

-- Photos, by the event they came with. Where and when a photo was taken is for the desk alone.
create table attachment (
    report_id uuid not null references report,
    seq integer not null,
    position smallint not null,
    role text not null check (role in ('reported', 'evidence')),
    file_id uuid not null unique,
    sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
    taken_at timestamptz,
    taken_lat double precision,
    taken_lon double precision,
    primary key (report_id, seq, position)
);

create index attachment_by_digest on attachment (sha256);

create table publication (
    report_id uuid primary key references report,
    state text not null check (state in ('private', 'public', 'hidden')),
    state_at timestamptz not null
);

-- The history, chained per report (modules/feedback/model/history.py says how). Rows are only ever
-- added: neither grant nor trigger lets one be changed.
create table event (
    report_id uuid not null references report,
    seq integer not null check (seq > 0),
    kind text not null,
    at timestamptz not null,
    actor text not null check (actor in ('citizen', 'staff', 'job')),
    acting_agency_id uuid,
    source text,
    target text not null,
    codes text[] not null,
    commitment bytea check (length(commitment) = 32),
    hash bytea not null check (length(hash) = 32),
    primary key (report_id, seq)
);

revoke update, delete on event from tinhs_rt, tinhs_job;

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'history is only ever added to' using errcode = 'insufficient_privilege';
end
$$;

create trigger event_stands before update or delete on event
    for each row execute function refuse_change();

-- What was said with an event and by which officer, and the salt of the event's commitment. Erasing
-- a row erases the words and leaves the chain whole. A filing's words are in `report_text`.
create table event_salt (
    report_id uuid not null,
    seq integer not null,
    salt bytea not null check (length(salt) = 32),
    text text,
    staff_id uuid,
    primary key (report_id, seq),
    foreign key (report_id, seq) references event
);

-- The only table that public questions read: masked, coarsened, without anybody's name. A row is
-- there exactly as long as the report is public. `xy` is (lat, lon) in metres of Web Mercator.
create table public_report (
    report_id uuid primary key references report,
    code text not null unique,
    category_code text not null,
    category_version smallint not null,
    group_code text not null,
    commune_code text not null,
    agency_id uuid,
    agency_name text,
    state text not null,
    state_at timestamptz not null,
    filed_at timestamptz not null,
    lat double precision,
    lon double precision,
    xy point,
    body text not null,
    result text,
    reason text,
    photos uuid[] not null
);

create index public_report_newest on public_report (filed_at desc, code desc);
create index public_report_by_commune on public_report (commune_code, filed_at desc, code desc);
create index public_report_by_category on public_report (category_code, filed_at desc, code desc);
create index public_report_by_place on public_report using gist (xy);
