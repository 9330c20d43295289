-- What is known of a year. One that an officer has written is theirs: a newer release of the house
-- does not write over it.
create table year (
    year smallint primary key check (year between 2000 and 2100),
    source text not null,
    confirmed boolean not null,
    version integer not null,
    is_shipped boolean not null
);

-- Days that are not as their weekday says; every other one is worked from Monday to Friday.
create table day (
    date date primary key,
    year smallint not null references year,
    working boolean not null,
    kind text not null check (kind in ('holiday', 'compensation', 'swapped')),
    name text not null,
    legal_reference text,
    check (extract(year from date) = year),
    check (kind = 'swapped' or not working)
);

create index day_by_year on day (year, date);
