-- A date that no agency named is computed from the catalogue and the calendar, and says so.
alter table dossier
    add column due_source text check (due_source in ('agency', 'computed')),
    add column commune_code text check (commune_code ~ '^[0-9]{5}$');

-- How it goes by commune. Of a commune's dossiers those that other sums leave out count here only
-- when they are five themselves: the difference of two sums tells of no single one.
create table dossier_commune_sum (
    month date not null,
    commune_code text not null,
    finished integer not null check (finished >= 5),
    by_first_date integer not null,
    by_present_date integer not null,
    ratings integer check (ratings >= 5),
    satisfied integer,
    primary key (month, commune_code)
);
