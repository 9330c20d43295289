-- That a facility has opened somebody's book in an emergency, why, and until when. The reason is
-- closed with a key of its own; the patient reads it.
create table opening (
    id uuid primary key,
    person_id uuid not null,
    agency_id uuid not null,
    opened_by uuid not null,
    reason_enc bytea not null,
    opened_at timestamptz not null,
    until timestamptz not null
);

create index opening_by_person on opening (person_id, id);
create index opening_by_agency on opening (agency_id, person_id, until);
revoke update, delete on opening from tinhs_rt;

alter table opening enable row level security;
alter table opening force row level security;
create policy of_the_facility on opening using (
    tinhs.kind() = 'job' or agency_id = any (tinhs.agencies()));
create policy ones_own on opening for select using (person_id = any (tinhs.subjects()));

-- While the book is open, the facility reads what is not sensitive. `health_books.moment` is set
-- by the one statement that reads so: without it there is no row here.
create policy opened on visit for select using (
    tinhs.kind() = 'staff'
    and exists (
        select
          from opening
         where opening.person_id = visit.person_id
           and opening.agency_id = any (tinhs.agencies())
           and opening.until > nullif(current_setting('health_books.moment', true), '')::timestamptz));
create policy opened on item for select using (
    tinhs.kind() = 'staff'
    and sensitivity = '{}'
    and exists (
        select
          from opening
         where opening.person_id = item.person_id
           and opening.agency_id = any (tinhs.agencies())
           and opening.until > nullif(current_setting('health_books.moment', true), '')::timestamptz));
