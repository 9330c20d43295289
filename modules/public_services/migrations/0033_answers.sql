-- Rules of fees and eligibility, each with its article and its days; a published one never changes.
create table decision_table (
    key text not null check (key ~ '^[a-z0-9-]{1,60}$'),
    version integer not null check (version > 0),
    status text not null check (status in ('draft', 'published', 'retired')),
    definition jsonb not null,
    changed_at timestamptz not null,
    primary key (key, version)
);
create unique index one_draft on decision_table (key) where status = 'draft';
create unique index one_published on decision_table (key) where status = 'published';

-- Where one goes and whom one rings. Hours are those of a week; days off are the calendar's.
create table office (
    id uuid primary key,
    name text not null,
    kind text not null check (kind in ('service_centre', 'commune_desk', 'police', 'tax', 'other')),
    commune_code text check (commune_code ~ '^[0-9]{5}$'),
    address text not null,
    lat double precision check (lat between -90 and 90),
    lon double precision check (lon between -180 and 180),
    phones text[] not null,
    hours jsonb not null,
    closed_on date[] not null default '{}',
    version integer not null default 1,
    check ((lat is null) = (lon is null))
);
create index office_by_commune on office (commune_code);

create table hotline (
    number text primary key,
    purpose text not null,
    hours text not null,
    position integer not null
);

-- Whether a page helped: sums of a day, and nobody's opinion.
create table vote_sum (
    code text not null,
    day date not null,
    opinion text not null check (opinion in ('useful', 'unclear', 'outdated', 'not-sought')),
    votes integer not null check (votes > 0),
    primary key (code, day, opinion)
);

-- What anybody may read of how dossiers go: sums of a month, of five dossiers at least.
create table dossier_sum (
    month date not null,
    agency text not null,
    procedure_code text not null,
    finished integer not null check (finished >= 5),
    by_first_date integer not null,
    by_present_date integer not null,
    ratings integer check (ratings >= 5),
    satisfied integer,
    primary key (month, agency, procedure_code)
);
