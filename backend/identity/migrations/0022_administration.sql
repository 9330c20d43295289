-- What one administrator proposes and another approves. `subject_id` is the officer it is about,
-- who decides nothing about themselves. `decided_by` stays empty for what needs nobody else.
create table proposal (
    id uuid primary key,
    kind text not null check (kind in (
        'invitation', 'roles', 'areas', 'enrolment', 'disabling', 'client', 'reorganisation')),
    payload jsonb not null,
    subject_id uuid references staff,
    proposed_by uuid not null references staff,
    proposed_at timestamptz not null,
    expires_at timestamptz not null,
    state text not null default 'open' check (state in ('open', 'approved', 'refused')),
    decided_by uuid references staff,
    decided_at timestamptz,
    check (decided_by <> proposed_by),
    check ((state = 'open') = (decided_at is null))
);

create index proposal_open on proposal (id) where state = 'open';

alter table proposal enable row level security;
alter table proposal force row level security;
create policy of_staff on proposal using (tinhs.kind() in ('job', 'staff'));

-- Agencies that end on a day, at 00:00 in Vietnam, and those that take over: all of it, or what
-- lies in their `areas`. `carry_roles` go along with the officers who hold them.
create table reorganisation (
    id uuid primary key,
    former uuid[] not null check (cardinality(former) between 1 and 100),
    heirs jsonb not null,
    on_date date not null,
    carry_roles text[] not null default '{}',
    done_at timestamptz
);

create index reorganisation_due on reorganisation (on_date) where done_at is null;

alter table reorganisation enable row level security;
alter table reorganisation force row level security;
create policy of_staff on reorganisation using (tinhs.kind() in ('job', 'staff'));

-- Carry out one approved reorganisation whose day has come, and return it; nothing when none is
-- due. The worker may call this and touch no role otherwise. Who is carried over works for the
-- heir from the day's first second on, however late this runs: with one heir for that one, with
-- several for the only one whose areas hold all of the officer's own.
create function carry_over(moment timestamptz)
    returns table (id uuid, former uuid[], heirs jsonb, on_date date)
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    due record;
    begins timestamptz;
    carried jsonb;
begin
    select waiting.id, waiting.former, waiting.heirs, waiting.on_date, waiting.carry_roles
      into due
      from identity.reorganisation as waiting
     where waiting.done_at is null
       and waiting.on_date <= (moment at time zone 'Asia/Ho_Chi_Minh')::date
     order by waiting.on_date, waiting.id
     limit 1
       for update skip locked;
    if not found then
        return;
    end if;
    begins := due.on_date::timestamp at time zone 'Asia/Ho_Chi_Minh';
    -- Read before the roles end: two agencies at one moment are refused row by row.
    carried := (
        select coalesce(jsonb_agg(jsonb_build_object(
                   'staff_id', held.staff_id, 'role', held.role, 'granted_by', held.granted_by,
                   'areas', array(
                       select area.area_code
                         from identity.staff_area as area
                        where area.staff_id = held.staff_id
                          and (area.valid_to is null or area.valid_to > begins)))), '[]')
          from identity.staff_role as held
         where held.agency_id = any (due.former)
           and held.valid_from < begins
           and (held.valid_to is null or held.valid_to > begins)
           and held.role = any (due.carry_roles));
    update identity.staff_role as held
       set valid_to = begins
     where held.agency_id = any (due.former)
       and held.valid_from < begins
       and (held.valid_to is null or held.valid_to > begins);
    insert into identity.staff_role (staff_id, role, agency_id, valid_from, granted_by)
    select holder.staff_id, holder.role, heir.agency_id, begins, holder.granted_by
      from jsonb_to_recordset(carried) as holder (
               staff_id uuid, role text, granted_by uuid[], areas text[])
      cross join lateral (
           select min(taking.agency_id::text)::uuid as agency_id, count(*) as number
             from jsonb_to_recordset(due.heirs) as taking (agency_id uuid, areas text[])
            where jsonb_array_length(due.heirs) = 1
               or (cardinality(holder.areas) > 0 and holder.areas <@ taking.areas)) as heir
     where heir.number = 1
       and not exists (
           select
             from identity.staff_role as newer
            where newer.staff_id = holder.staff_id
              and newer.valid_from >= begins)
    on conflict do nothing;
    update identity.reorganisation as waiting set done_at = moment where waiting.id = due.id;
    id := due.id;
    former := due.former;
    heirs := due.heirs;
    on_date := due.on_date;
    return next;
end
$$;

revoke execute on function carry_over from public;
grant execute on function carry_over to tinhs_job;
