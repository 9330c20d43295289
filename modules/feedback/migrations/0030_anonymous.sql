-- Reports of people without an account. Processes of the last release file under accounts alone,
-- and fill what they know.
alter table category_version add column anonymous boolean not null default true;

alter table report
    drop constraint report_origin_check,
    add constraint report_origin_check check (origin in ('account', 'anonymous', 'open311')),
    add column expected_files smallint not null default 0 check (expected_files between 0 and 5);

-- Without a person a report is its token's. Device and address are keyed digests, for limits and
-- blocks alone; the contact is sealed under a key of its own, so that forgetting the key forgets it.
alter table reporter
    alter column person_id drop not null,
    add column device_mac bytea check (length(device_mac) = 32),
    add column address_mac bytea check (length(address_mac) = 32),
    add column contact_id uuid,
    add column contact bytea,
    add column erased_at timestamptz,
    add constraint reporter_contact_is_sealed check ((contact_id is null) = (contact is null));

-- Which token opens a report: its version, and never the token itself, which is computed from a key
-- that lies outside the database. No version: none does any more. `client_key` as in `report`, so
-- that a filing sent again is found before anybody may see it. Nothing here tells of anybody, so
-- everybody may read it.
create table tracking (
    code text primary key,
    report_id uuid not null unique references report deferrable initially deferred,
    version smallint check (version > 0),
    client_key bytea unique check (length(client_key) = 32)
);

-- The report whose token was shown in this transaction.
create function shown() returns uuid
    language sql stable parallel safe
    return nullif(current_setting('tinhs.report_id', true), '')::uuid;

alter policy theirs on reporter using (
    person_id = any (tinhs.subjects())
    or tinhs.kind() = 'job'
    or report_id = shown());

alter policy theirs on assignment using (
    tinhs.kind() = 'job'
    or tinhs.covers(area_code)
    or owner_agency_id = any (tinhs.agencies())
    or report_id = shown()
    or tinhs.kind() = 'citizen' and exists (
        select from reporter
         where reporter.report_id = assignment.report_id
           and reporter.person_id = any (tinhs.subjects())));

alter policy theirs on report using (
    tinhs.kind() = 'job'
    or tinhs.covers(commune_code)
    or id = shown()
    or tinhs.kind() = 'citizen' and exists (
        select from reporter
         where reporter.report_id = report.id
           and reporter.person_id = any (tinhs.subjects()))
    or tinhs.kind() = 'staff' and exists (
        select from assignment
         where assignment.report_id = report.id
           and assignment.owner_agency_id = any (tinhs.agencies())));

-- Who may not report for a while, as a keyed digest of an account, a device or an address. Whoever
-- is blocked reads why and until when.
create table block (
    id uuid primary key,
    kind text not null check (kind in ('account', 'device', 'address')),
    key_mac bytea not null check (length(key_mac) = 32),
    reason text not null,
    made_at timestamptz not null,
    until timestamptz not null check (until > made_at),
    lifted_at timestamptz
);

create index block_by_key on block (key_mac) where lifted_at is null;

alter table block enable row level security;
alter table block force row level security;
create policy whoever_it_stops on block for select using (true);
create policy of_the_desk on block using (tinhs.kind() in ('staff', 'job'));
