-- What people were told about faults of this installation: nothing personal, and shown to everybody.
create table kernel.incident (
    id uuid primary key,
    services text[] not null check (cardinality(services) between 1 and 20),
    said_vi text not null check (length(said_vi) between 1 and 2000),
    said_en text not null check (length(said_en) between 1 and 2000),
    began_at timestamptz not null,
    ended_at timestamptz check (ended_at >= began_at),
    told_by uuid not null,
    told_at timestamptz not null
);

create index incident_by_end on kernel.incident (coalesce(ended_at, 'infinity'));

grant select, insert, update on kernel.incident to tinhs_rt;

-- What an administrator's page may know of the work of others: how much, how late, what was given
-- up and why. Not what it is about, and not what stands in it; requests can still read neither.
create function kernel.backlog(moment timestamptz)
    returns table (name text, waiting bigint, held bigint, running bigint, buried bigint,
                   oldest_due_at timestamptz)
    language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select name,
           count(*) filter (where state = 'waiting'),
           count(*) filter (where state = 'held'),
           count(*) filter (where state = 'running'),
           count(*) filter (where state = 'buried'),
           min(due_at) filter (where state = 'waiting' and due_at <= moment)
      from kernel.work
     where state in ('waiting', 'held', 'running', 'buried')
     group by name
     order by name
$$;

create function kernel.buried(after bigint, most integer)
    returns table (id bigint, name text, attempts smallint, crashes smallint, due_at timestamptz,
                   error text, trace text)
    language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select id, name, attempts, crashes, due_at, error, trace
      from kernel.work
     where state = 'buried'
       and id > after
     order by id
     limit least(most, 200)
$$;

revoke execute on function kernel.backlog, kernel.buried from public;
grant execute on function kernel.backlog, kernel.buried to tinhs_rt, tinhs_job;
