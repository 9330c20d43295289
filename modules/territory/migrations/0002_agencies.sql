create table agency (
    id uuid primary key,
    name text not null,
    kind text not null check (
        kind in (
            'province_committee', 'department', 'commune_committee', 'service_centre', 'other'
        )
    ),
    unit_code text not null,
    parent_id uuid references agency,
    valid_from date not null,
    valid_to date,
    version integer not null default 1,
    check (valid_to > valid_from),
    check (parent_id <> id)
);

create index agency_by_unit on agency (unit_code, name, id);

-- Which sub-codes are in use since the reform is not confirmed, hence a column that says so.
create table agency_identifier (
    agency_id uuid not null references agency,
    scheme text not null check (scheme in ('h56', 'tt10')),
    value text not null,
    valid_from date not null,
    valid_to date,
    confirmed boolean not null,
    primary key (agency_id, scheme, value, valid_from),
    check (valid_to > valid_from),
    constraint identifier_means_one_agency exclude using gist (
        scheme with =, value with =, daterange(valid_from, valid_to) with &&
    )
);

create table competence (
    id uuid primary key,
    agency_id uuid not null references agency,
    subject text not null,
    unit_code text not null,
    role text not null check (role in ('lead', 'coordinate', 'receive')),
    valid_from date not null,
    valid_to date,
    legal_reference text,
    version integer not null default 1,
    check (valid_to > valid_from),
    constraint competence_is_held_once exclude using gist (
        agency_id with =, subject with =, unit_code with =, role with =,
        daterange(valid_from, valid_to) with &&
    )
);

create index competence_by_subject on competence (subject, unit_code);
