-- Each look gets a place in a tree of hashes (RFC 6962) once nothing can come before it any more.
-- A place is never given up, and what is signed for is never taken back.
create table leaf (
    leaf_no bigint primary key check (leaf_no >= 0),
    event_id uuid not null unique,
    at timestamptz not null
);

create table tile (
    level smallint not null,
    number bigint not null,
    data bytea not null,
    primary key (level, number)
);

create table seal (
    size bigint primary key check (size > 0),
    root bytea not null check (length(root) = 32),
    note text not null,
    at timestamptz not null
);

-- The keys that seal. One that is replaced signs beside the new one for a while.
create table seal_key (
    reference text primary key,
    public bytea not null check (length(public) = 32),
    made_at timestamptz not null,
    retires_at timestamptz
);

-- Every row of a transaction before this one has its place.
create table placed (
    only_one boolean primary key default true check (only_one),
    below xid8 not null
);

insert into placed (below) values ('0');

create trigger leaf_stands before update or delete on leaf
    for each row execute function refuse_change();
create trigger leaf_stays before truncate on leaf
    for each statement execute function refuse_change();
create trigger seal_stands before update or delete on seal
    for each row execute function refuse_change();
create trigger seal_stays before truncate on seal
    for each statement execute function refuse_change();

grant select, insert on leaf, seal to tinhs_job;
grant select, insert, update on tile, seal_key, placed to tinhs_job;
grant select on leaf, tile, seal, seal_key to tinhs_rt, tinhs_audit_ro;

-- An auditor sees whose data were looked at by whom, and leaves a line for it in the same call.
create function looks_at(person uuid, look jsonb, moment timestamptz, before timestamptz,
                         before_id uuid, most integer)
    returns table (
        id uuid, at timestamptz, person_id uuid, actor_kind text, actor_agency uuid,
        actor_client text, action text, purpose text, basis text, about text, fields text[])
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if tinhs.kind() <> 'staff' or look is null then
        raise exception 'for auditors' using errcode = 'insufficient_privilege';
    end if;
    perform audit.note(jsonb_build_array(look || jsonb_build_object('person_id', person)), moment);
    return query
    select event.id, event.at, event.person_id, event.actor_kind, event.actor_agency,
           event.actor_client, event.action, event.purpose, event.basis, event.about, event.fields
      from audit.event
     where event.person_id = person
       and (before is null or (event.at, event.id) < (before, before_id))
     order by event.at desc, event.id desc
     limit most;
end
$$;

grant execute on function looks_at to tinhs_rt;
