-- Whether somebody works somewhere, for modules that give officers things to do; nothing else of
-- them is told.
create function works_in(officer uuid, agency uuid, any_role text[], moment timestamptz)
    returns boolean
    language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select exists (
           select
             from identity.staff_role as held
             join identity.staff on staff.id = held.staff_id
            where held.staff_id = officer
              and held.agency_id = agency
              and held.role = any (any_role)
              and held.valid_from <= moment
              and (held.valid_to is null or held.valid_to > moment)
              and staff.status = 'active')
$$;

revoke execute on function works_in from public;
grant execute on function works_in to tinhs_rt, tinhs_auth, tinhs_job;
