-- What authorities publish about their procedures. A version is never changed once it is in
-- force, so it is one document, and every question may name a day.
create table publishing_decision (
    id uuid primary key,
    number text not null,
    agency text not null,
    effective_on date not null,
    unique (number, agency)
);

create table procedure (
    no bigint generated always as identity primary key,
    id uuid not null unique,
    code text not null unique,
    base_code text,
    province_code text check (province_code ~ '^[0-9]{2}$'),
    abolished_on date
);

create table procedure_version (
    id uuid primary key,
    procedure_no bigint not null references procedure,
    decision_id uuid not null references publishing_decision,
    revision integer not null check (revision > 0),
    valid_from date not null,
    valid_to date,
    title text not null,
    levels text[] not null,
    kind text not null,
    field_code text not null,
    field_name text not null,
    audiences text[] not null,
    online_level text not null check (online_level in ('full', 'partial', 'information')),
    channels text[] not null,
    free boolean not null,
    portal_url text,
    body jsonb not null,
    source jsonb,
    digest text not null,
    import_id uuid not null,
    -- A correction replaces a version of the same day, which then was never in force: `[)` is empty.
    check (valid_to >= valid_from),
    constraint one_version_a_day exclude using gist (
        int8range(procedure_no, procedure_no, '[]') with &&,
        daterange(valid_from, valid_to) with &&
    )
);

create index version_by_field on procedure_version (field_code);

-- What a province sets itself: times, fees and agencies, laid over the national record.
create table province_profile (
    procedure_no bigint not null references procedure,
    province_code text not null check (province_code ~ '^[0-9]{2}$'),
    profile jsonb not null,
    version integer not null default 1,
    primary key (procedure_no, province_code)
);

-- Our words for citizens, kept apart from the legal text.
create table citizen_text (
    procedure_no bigint not null references procedure,
    lang text not null check (lang in ('vi', 'en')),
    plain_title text not null,
    summary text not null,
    situations text[] not null,
    version integer not null default 1,
    primary key (procedure_no, lang)
);

-- Written under one lock, so the order of `seq` is the order of commits.
create table catalogue_change (
    seq bigint generated always as identity primary key,
    kind text not null check (kind in ('version', 'abolished', 'text', 'profile')),
    procedure_no bigint not null references procedure,
    version_id uuid references procedure_version,
    at timestamptz not null
);

create index change_by_procedure on catalogue_change (procedure_no, seq);
create index change_by_time on catalogue_change (at, seq);
