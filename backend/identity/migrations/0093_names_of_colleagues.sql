-- Who else works on the same thing: officers are told what colleagues are called. Nobody else is,
-- and nothing but the name.
create function names_of(officers uuid[]) returns table (id uuid, name text)
    language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select staff.id, staff.name
      from identity.staff
     where tinhs.kind() = 'staff'
       and staff.id = any (officers)
     limit 200
$$;

revoke execute on function names_of from public;
grant execute on function names_of to tinhs_rt;
