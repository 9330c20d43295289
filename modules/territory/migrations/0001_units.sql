-- What was loaded, when, and from where. A register is loaded whole or not at all.
create table dataset (
    version text primary key,
    register text not null check (register in ('units', 'agencies', 'boundaries')),
    province_code text check ((register = 'boundaries') = (province_code is not null)),
    as_of date not null,
    source text not null,
    licence text not null,
    loaded_at timestamptz not null
);

-- A code is borne by several units in turn, so it takes a date to say which one is meant.
create table unit (
    code text not null check (code ~ '^([0-9]{2}|[0-9]{3}|[0-9]{5})$'),
    valid_from date not null,
    valid_to date,
    level text not null check (level in ('province', 'district', 'commune')),
    kind text not null check (
        kind in (
            'province', 'municipality',
            'rural_district', 'urban_district', 'town', 'provincial_city',
            'commune', 'ward', 'township', 'special_zone'
        )
    ),
    name text not null,
    key text not null,
    parent_code text,
    province_code text not null check (province_code ~ '^[0-9]{2}$'),
    start_known boolean not null,
    legal_reference text,
    primary key (code, valid_from),
    check (valid_to > valid_from),
    check ((level = 'province') = (parent_code is null)),
    -- The length keeps province 38 apart from a district 038, without an extension.
    constraint unit_bears_its_code_alone exclude using gist (
        int8range(length(code) * 100000 + code::int8, length(code) * 100000 + code::int8, '[]')
            with &&,
        daterange(valid_from, valid_to) with &&
    )
);

create table unit_alias (
    code text not null,
    valid_from date not null,
    alias text not null,
    primary key (code, valid_from, alias),
    foreign key (code, valid_from) references unit
);

create table succession (
    old_code text not null,
    old_from date not null,
    new_code text not null,
    new_from date not null,
    kind text not null check (kind in ('unchanged', 'kind_changed', 'whole', 'partial')),
    effective_on date not null,
    legal_reference text,
    primary key (old_code, old_from, new_code, new_from),
    foreign key (old_code, old_from) references unit,
    foreign key (new_code, new_from) references unit
);
