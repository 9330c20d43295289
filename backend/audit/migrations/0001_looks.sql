-- Looks at personal data: who, why, at what. Rows are only ever added, through `note` alone, in the
-- transaction of whoever looks. Nobody reads them by default, so what the runner grants is taken
-- back, and each policy below says who sees what.
alter default privileges in schema audit
    revoke select, insert, update, delete on tables from tinhs_rt, tinhs_job;
alter default privileges in schema audit
    revoke usage on sequences from tinhs_rt, tinhs_job;
alter default privileges revoke execute on functions from public;
grant usage on schema audit to public;

-- `person_id` is the subject: a person, or an anonymous contact. `xid` tells the sealer which rows
-- cannot come any more. `actor_pseudonym` is different for each citizen who reads it; who it was
-- stands in `detail_enc`, sealed with a key that is not in the database.
create table event (
    id uuid not null,
    at timestamptz not null,
    xid xid8 not null default pg_current_xact_id(),
    person_id uuid not null,
    actor_kind text not null check (actor_kind in ('anyone', 'citizen', 'staff', 'partner', 'job')),
    actor_agency uuid,
    actor_client text,
    actor_pseudonym bytea,
    action text not null check (action in ('read', 'write')),
    purpose text not null check (purpose ~ '^[a-z][a-z0-9_]*\.[a-z][a-z0-9_-]*$'),
    basis text not null,
    about text not null,
    fields text[] not null,
    detail_enc bytea not null,
    primary key (at, id)
) partition by range (at);

create index event_by_person on event (person_id, at desc, id desc);
create index event_by_xid on event (xid);

create function refuse_change() returns trigger
    language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
    raise exception 'looks are only ever added' using errcode = 'insufficient_privilege';
end
$$;

create trigger event_stands before update or delete on event
    for each row execute function refuse_change();

-- What came when there was no partition for its month is kept all the same.
create table event_other partition of event default;

-- Give the month of `day` a partition, unless it has one or its rows lie among the others already.
create function make_room(day date) returns void
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    first date := date_trunc('month', day);
    next date := first + interval '1 month';
    name text := 'event_' || to_char(first, 'YYYY_MM');
begin
    if to_regclass('audit.' || name) is not null
        or exists (
            select from audit.event_other
             where at >= first::timestamp at time zone 'Asia/Ho_Chi_Minh'
               and at < next::timestamp at time zone 'Asia/Ho_Chi_Minh')
    then
        return;
    end if;
    execute format(
        'create table audit.%I partition of audit.event for values from (%L) to (%L)', name,
        first::timestamp at time zone 'Asia/Ho_Chi_Minh',
        next::timestamp at time zone 'Asia/Ho_Chi_Minh');
    perform audit.close(name);
end
$$;

-- A partition that is named directly is no way around the wall.
create function close(name text) returns void
    language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
    execute format('alter table audit.%I enable row level security', name);
    execute format('alter table audit.%I force row level security', name);
    execute format(
        'create trigger event_stays before truncate on audit.%I'
        ' for each statement execute function audit.refuse_change()', name);
end
$$;

select close('event_other');
select make_room(current_date), make_room((current_date + interval '1 month')::date);

-- The policies of the parent are asked for whoever comes through it.
create policy counted on event_other for select to tinhs_mod_audit using (true);

alter table event enable row level security;
alter table event force row level security;
create policy added on event for insert to tinhs_mod_audit with check (true);
create policy kept on event for select to tinhs_mod_audit using (true);
create policy ones_own on event for select to tinhs_rt
    using (person_id = any (tinhs.subjects()));
create policy sealed on event for select to tinhs_job using (tinhs.kind() = 'job');
create policy audited on event for select to tinhs_audit_ro using (true);
grant select (id, at, person_id, actor_kind, actor_agency, actor_client, actor_pseudonym, action,
              purpose, basis, about, fields, detail_enc)
    on event to tinhs_rt;
grant select on event to tinhs_job, tinhs_audit_ro;

-- Write down looks at others; people's looks at themselves are nobody's business. The caller is who
-- the transaction says it is, and cannot be said otherwise.
create function note(looks jsonb, moment timestamptz) returns void
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    kind text := tinhs.kind();
begin
    if kind = 'citizen' and not exists (
        select from jsonb_to_recordset(looks) as look (person_id uuid)
         where look.person_id <> tinhs.person_id())
    then
        return;
    end if;
    insert into audit.event
        (id, at, person_id, actor_kind, actor_agency, actor_client, actor_pseudonym, action,
         purpose, basis, about, fields, detail_enc)
    select look.id, moment, look.person_id, kind,
           case kind when 'staff' then (tinhs.agencies())[1] end,
           case kind when 'partner' then tinhs.client_id() end,
           decode(look.pseudonym, 'hex'), look.action, look.purpose, look.basis, look.about,
           look.fields, decode(look.detail, 'hex')
      from jsonb_to_recordset(looks) as look (
               id uuid, person_id uuid, pseudonym text, action text, purpose text, basis text,
               about text, fields text[], detail text)
     where not (kind = 'citizen' and look.person_id = tinhs.person_id());
end
$$;

grant execute on function note to public;
grant execute on function make_room to tinhs_job;
