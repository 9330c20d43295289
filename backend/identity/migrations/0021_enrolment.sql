-- A link with which an officer makes their passkey: once, soon, and then never again. `recovery`
-- was made at the shell while somebody still was an administrator, and is shown to all of them for
-- a month.
create table enrolment (
    hash bytea primary key,
    staff_id uuid not null references staff,
    kind text not null check (kind in ('bootstrap', 'recovery', 'invitation')),
    made_by uuid[] not null default '{}',
    made_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz
);

create index enrolment_by_staff on enrolment (staff_id);
create index enrolment_by_recovery on enrolment (made_at) where kind = 'recovery';

alter table enrolment enable row level security;
alter table enrolment force row level security;
create policy of_staff on enrolment using (tinhs.kind() in ('job', 'staff'));

create index staff_role_by_role on staff_role (role, agency_id);
