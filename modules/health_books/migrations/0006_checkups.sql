-- A checkup stands in the book as a visit does: of another kind, with findings of specialists, a
-- conclusion, and what the patient has told of near relatives.
alter table visit add column kind text not null default 'health.visit'
    check (kind in ('health.visit', 'health.checkup'));

alter table item
    drop constraint item_kind_check,
    add constraint item_kind_check check (kind in (
        'patient', 'encounter', 'diagnoses', 'allergies', 'immunizations', 'tests', 'medications',
        'procedures', 'findings', 'conclusion', 'family'));
