-- The communes of each province, of today and of before, as the register of units has them. A
-- province's code in an officer's areas stands for these, and for nothing when there are none.
create table commune (
    code text not null check (code ~ '^[0-9]{5}$'),
    province_code text not null check (province_code ~ '^[0-9]{2}$'),
    primary key (province_code, code)
);

alter table commune enable row level security;
alter table commune force row level security;
create policy everybody on commune using (true);
grant select, insert, delete on commune to tinhs_job;

-- The agency, and those whose open affairs it took over by this day. What was split is inherited by
-- those alone whose areas lie in the part that came to their agency.
create function inherited(agency_id uuid, areas text[], today date) returns uuid[]
    language sql stable set search_path = pg_catalog, pg_temp
as $$
    with recursive lineage (id) as (
        select inherited.agency_id where inherited.agency_id is not null
         union
        select successor.old_id
          from lineage
          join identity.agency_successor as successor on successor.new_id = lineage.id
         where successor.on_date <= today
           and (successor.areas = '{}' or successor.areas && inherited.areas)
    )
    select coalesce(array_agg(id order by id <> inherited.agency_id, id), '{}') from lineage
$$;

-- As before, but the areas are told whole: a province with all its communes, and a code of another
-- province not at all. Row policies are given the short list; theirs may be coarser than the rules.
create or replace function enter_console(
    cookie bytea, form bytea, reads_only boolean, moment timestamptz
)
    returns table (
        staff_id uuid, step_up_at timestamptz, roles text[], agency_id uuid, agencies uuid[],
        areas text[])
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    live record;
    own text[];
begin
    select session.staff_id, session.step_up_at, session.csrf, session.idle_expires_at
      into live
      from identity.console_session as session
      join identity.staff on staff.id = session.staff_id
     where session.hash = cookie
       and session.revoked_at is null
       and session.idle_expires_at > moment
       and session.expires_at > moment
       and staff.status = 'active';
    if not found then
        raise exception 'session ended' using errcode = 'TH401';
    end if;
    if form <> live.csrf then
        raise exception 'not our form' using errcode = 'TH403';
    end if;
    if live.idle_expires_at < moment + interval '29 minutes' then
        begin
            update identity.console_session as session
               set idle_expires_at = moment + interval '30 minutes'
             where session.hash = (
                   select waiting.hash
                     from identity.console_session as waiting
                    where waiting.hash = cookie
                      and waiting.idle_expires_at < moment + interval '29 minutes'
                      for update skip locked);
        exception when serialization_failure then
            null;  -- a request beside this one has just done it; nor does one wait for another
        end;
    end if;
    staff_id := live.staff_id;
    step_up_at := live.step_up_at;
    select coalesce(array_agg(held.role order by held.role), '{}'), min(held.agency_id::text)::uuid
      into roles, agency_id
      from identity.staff_role as held
     where held.staff_id = live.staff_id
       and held.valid_from <= moment
       and (held.valid_to is null or held.valid_to > moment);
    own := array(
        select held.area_code
          from identity.staff_area as held
         where held.staff_id = live.staff_id
           and held.valid_from <= moment
           and (held.valid_to is null or held.valid_to > moment)
           and (length(held.area_code) = 5 or exists (
               select from identity.commune where commune.province_code = held.area_code))
         order by held.area_code);
    areas := own;
    if exists (select from unnest(own) as held (code) where length(held.code) = 2) then
        areas := own || array(
            select commune.code
              from identity.commune
             where commune.province_code = any (own) and commune.code <> all (own)
             order by commune.code);
    end if;
    agencies := identity.inherited(
        agency_id, areas, (moment at time zone 'Asia/Ho_Chi_Minh')::date);
    perform set_config('tinhs.kind', 'staff', true),
            set_config('tinhs.staff_id', staff_id::text, true),
            set_config('tinhs.agencies', agencies::text, true),
            set_config('tinhs.areas', own::text, true);
    if reads_only then
        perform set_config('transaction_read_only', 'on', true);
    end if;
    return next;
end
$$;

drop function inherited(uuid, date);
revoke execute on function inherited from public;
