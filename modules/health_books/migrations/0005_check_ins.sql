-- A patient who comes lets the facility read, until the visit ends or a day has passed: an opening
-- too, without a reason. Processes of the last release open in an emergency alone.
alter table opening
    add column basis text not null default 'emergency' check (basis in ('emergency', 'check-in')),
    alter column reason_enc drop not null,
    add constraint opening_says_why check ((reason_enc is not null) = (basis = 'emergency'));

create index opening_present on opening (agency_id, id) where basis = 'check-in';

-- Nobody but the patient checks in, and an emergency ends when it was said to.
create policy checked_in on opening for insert with check (
    basis = 'check-in' and person_id = tinhs.person_id());
create policy each_its_own on opening as restrictive for insert with check (
    tinhs.kind() = 'job' or (basis = 'check-in') = (tinhs.kind() = 'citizen'));
create policy ended on opening for update using (
    basis = 'check-in' and person_id = tinhs.person_id());
create policy emergencies_stay on opening as restrictive for update using (
    tinhs.kind() = 'job' or basis = 'check-in');
grant update (until) on opening to tinhs_rt;
