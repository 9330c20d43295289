-- Who follows a public report, and who wants to hear of new ones in an area.
create table follower (
    report_id uuid not null references report,
    person_id uuid not null,
    via text not null check (via in ('following', 'merge')),
    since timestamptz not null,
    primary key (report_id, person_id)
);

create index follower_by_person on follower (person_id);

-- A commune, or a circle whose centre is as coarse as the public map: where somebody lives is not
-- told by what they want to hear of. `told_until`: until when a daily or weekly one has been told.
create table subscription (
    id uuid primary key,
    person_id uuid not null,
    commune_code text check (commune_code ~ '^[0-9]{5}$'),
    lat double precision,
    lon double precision,
    xy point,
    radius_m integer check (radius_m between 1 and 5000),
    categories text[] not null,
    pace text not null check (pace in ('now', 'daily', 'weekly')),
    created_at timestamptz not null,
    told_until timestamptz not null,
    check ((commune_code is null) = (xy is not null)),
    check ((xy is null) = (radius_m is null))
);

create index subscription_by_person on subscription (person_id, id);
create index subscription_by_commune on subscription (commune_code, id) where pace = 'now';
create index subscription_by_place on subscription using gist (xy) where pace = 'now';
create index subscription_to_tell on subscription (pace, told_until, id) where pace <> 'now';

alter table follower enable row level security;
alter table follower force row level security;
create policy theirs on follower using (person_id = tinhs.person_id() or tinhs.kind() = 'job');

alter table subscription enable row level security;
alter table subscription force row level security;
create policy theirs on subscription using (person_id = tinhs.person_id() or tinhs.kind() = 'job');

alter table public_report
    add column followers integer not null default 0,
    add column published_at timestamptz;

create index public_report_by_followers on public_report (followers desc, code desc);
create index public_report_by_publication on public_report (published_at);

-- How somebody without an account may be reached: each part sealed for its own column under the key
-- of `contact_id`, so that forgetting that key forgets them in every backup too.
alter table reporter
    drop constraint reporter_contact_is_sealed,
    drop column contact,
    add column contact_name bytea,
    add column contact_phone bytea,
    add column contact_email bytea,
    add constraint reporter_contact_is_sealed check (
        contact_id is not null
        or num_nonnulls(contact_name, contact_phone, contact_email) = 0);
