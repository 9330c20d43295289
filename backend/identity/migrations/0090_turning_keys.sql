-- Peppers of refresh tokens have names; each session remembers its own, which dies after the last
-- session that was begun with it.
create table pepper (
    number integer primary key,
    began_at timestamptz not null,
    destroyed_at timestamptz
);

insert into pepper (number, began_at) values (1, '2026-01-01T00:00:00+07:00');

-- How far the rows of a column have got after the chain that indexes them was given another link.
-- Digests say by their length and first byte which link has made them, so that nothing else is kept.
create table index_walk (
    place text not null,
    link integer not null,
    after text not null default '',
    began_at timestamptz not null,
    finished_at timestamptz,
    primary key (place, link)
);

grant select, insert, update on pepper, index_walk to tinhs_job;
grant select on pepper, index_walk to tinhs_auth;

-- The worker carries digests over and reads nothing else of these tables. The rows of one person or
-- one number at the end of a batch come whole.
create function indexed_rows(place text, after uuid, most integer)
    returns table (id uuid, digest bytea)
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if tinhs.kind() <> 'job' then
        raise exception 'only the house carries' using errcode = 'insufficient_privilege';
    end if;
    if place = 'person_phone.value' then
        return query
            select phone.id, phone.bidx
              from identity.person_phone as phone
             where phone.id > after
             order by phone.id
             limit most;
    elsif place = 'person_identifier.value' then
        return query
            select identifier.id, identifier.bidx
              from identity.person_identifier as identifier
             where identifier.id > after
             order by identifier.id
             limit most;
    elsif place = 'upstream_link.sub' then
        return query
            select link.person_id, link.sub_bidx
              from identity.upstream_link as link
             where link.person_id > after
             order by link.person_id
             fetch first most rows with ties;
    end if;
end
$$;

create function reindex(place text, ids uuid[], were bytea[], become bytea[]) returns void
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if tinhs.kind() <> 'job' then
        raise exception 'only the house carries' using errcode = 'insufficient_privilege';
    end if;
    if place = 'person_phone.value' then
        update identity.person_phone as phone
           set bidx = carried.becomes
          from unnest(ids, were, become) as carried (id, was, becomes)
         where phone.id = carried.id and phone.bidx = carried.was;
    elsif place = 'person_identifier.value' then
        update identity.person_identifier as identifier
           set bidx = carried.becomes
          from unnest(ids, were, become) as carried (id, was, becomes)
         where identifier.id = carried.id and identifier.bidx = carried.was;
    elsif place = 'upstream_link.sub' then
        update identity.upstream_link as link
           set sub_bidx = carried.becomes
          from unnest(ids, were, become) as carried (id, was, becomes)
         where link.person_id = carried.id and link.sub_bidx = carried.was;
    end if;
end
$$;

revoke execute on function indexed_rows, reindex from public;
grant execute on function indexed_rows, reindex to tinhs_job;

-- Recomputed from the number itself where it is wanted.
alter table phone_change alter column phone_bidx drop not null;
