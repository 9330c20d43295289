-- What of a visit may stand in the health book. What is restricted has no row here, nor any number
-- that leads to it: its document alone knows of it.
create table visit (
    id uuid primary key,
    agency_id uuid not null,
    person_id uuid not null,
    encounter_id text not null,
    document_id uuid not null unique,
    -- The revision that everybody has signed; nothing of a visit is shown before there is one.
    issued_rev smallint,
    filed_at timestamptz not null,
    unique (agency_id, encounter_id)
);

create index visit_by_person on visit (person_id, id);

create table item (
    id uuid primary key,
    visit_id uuid not null references visit on delete cascade,
    rev smallint not null,
    person_id uuid not null,
    agency_id uuid not null,
    kind text not null check (kind in (
        'patient', 'encounter', 'diagnoses', 'allergies', 'immunizations', 'tests', 'medications',
        'procedures')),
    sensitivity text[] not null
        check (sensitivity <@ array['mental', 'substance', 'reproductive']),
    body jsonb not null
);

create index item_by_person on item (person_id, id);
create index item_by_visit on item (visit_id, rev);


alter table visit enable row level security;
alter table visit force row level security;
create policy of_the_facility on visit using (
    tinhs.kind() = 'job' or agency_id = any (tinhs.agencies()));
create policy ones_own on visit for select using (person_id = any (tinhs.subjects()));
create policy agreed_to on visit for select using (tinhs.consented(person_id));

-- A partner sees what the purpose covers that the person has agreed to: the common entries for
-- care, and each sensitive kind for a purpose of its own alone.
alter table item enable row level security;
alter table item force row level security;
create policy of_the_facility on item using (
    tinhs.kind() = 'job' or agency_id = any (tinhs.agencies()));
create policy ones_own on item for select using (person_id = any (tinhs.subjects()));
create policy agreed_to on item for select using (
    tinhs.consented(person_id)
    and case tinhs.purpose()
            when 'health_books.care' then sensitivity = '{}'
            when 'health_books.mental' then kind = 'patient' or sensitivity = '{mental}'
            when 'health_books.substance' then kind = 'patient' or sensitivity = '{substance}'
            when 'health_books.reproductive' then kind = 'patient' or sensitivity = '{reproductive}'
            else false
        end);
