-- The first statement of a request's transaction: is the caller's session alive now, and who is
-- it? Each sets `tinhs.…` until the transaction ends and raises, for the gateway to tell apart,
--   TH401  the session, the cookie or the client is not alive
--   TH403  the officer's form was not made by us, or the partner has not agreed to this purpose
--   TH409  the proof was used before
-- `moment` is the one moment of the request, so that a test's clock counts here too.

create function note_once(proof bytea, moment timestamptz) returns void
    language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
    insert into identity.replay (kind, hash, expires_at)
    values ('dpop', proof, moment + interval '15 minutes')
    on conflict do nothing;
    if not found then
        raise exception 'used before' using errcode = 'TH409';
    end if;
end
$$;

-- True when the person represents others: only then has the caller anything more to read, from
-- `tinhs.subjects()`. `proof` is null for what changes nothing. `reads_only` closes a transaction
-- to writing that had to be open for the proof.
create function enter_session(
    session_id uuid, proof bytea, reads_only boolean, moment timestamptz
)
    returns boolean
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    person_id uuid;
    client_id text;
    ial smallint;
    subjects uuid[];
begin
    select session.person_id, session.client_id, session.ial
      into person_id, client_id, ial
      from identity.session
      join identity.person on person.id = session.person_id
      join identity.client on client.id = session.client_id
     where session.id = session_id
       and session.revoked_at is null
       and session.idle_expires_at > moment
       and session.expires_at > moment
       and person.status in ('unverified', 'verified', 'temporary', 'newborn')
       and client.disabled_at is null;
    if not found then
        raise exception 'session ended' using errcode = 'TH401';
    end if;
    if proof is not null then
        perform identity.note_once(proof, moment);
    end if;
    subjects := array[person_id];
    if ial = 2 then
        subjects := subjects || array(
            select representation.ward_id
              from identity.representation
             where representation.guardian_id = person_id
               and representation.valid_from <= moment
               and (representation.valid_to is null or representation.valid_to > moment)
             order by representation.ward_id);
    end if;
    perform set_config('tinhs.kind', 'citizen', true),
            set_config('tinhs.person_id', person_id::text, true),
            set_config('tinhs.subjects', subjects::text, true),
            set_config('tinhs.client_id', client_id, true);
    if reads_only then
        perform set_config('transaction_read_only', 'on', true);
    end if;
    return cardinality(subjects) > 1;
end
$$;

create function enter_client(
    client_id text, issued_at timestamptz, purpose text, proof bytea, reads_only boolean,
    moment timestamptz
)
    returns void
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    purposes text[];
begin
    select client.purposes
      into purposes
      from identity.client
     where client.id = enter_client.client_id
       and client.kind = 'partner'
       and client.disabled_at is null
       and (client.not_before is null or client.not_before <= issued_at);
    if not found then
        raise exception 'client disabled' using errcode = 'TH401';
    end if;
    if purpose is not null and purpose <> all (purposes) then
        raise exception 'purpose not agreed' using errcode = 'TH403';
    end if;
    if proof is not null then
        perform identity.note_once(proof, moment);
    end if;
    perform set_config('tinhs.kind', 'partner', true),
            set_config('tinhs.client_id', client_id, true),
            set_config('tinhs.purpose', coalesce(purpose, ''), true);
    if reads_only then
        perform set_config('transaction_read_only', 'on', true);
    end if;
end
$$;

-- The agency, and those whose open affairs it took over by this day. Narrowing a split to its
-- areas is left to the officer's own areas.
create function inherited(agency_id uuid, today date) returns uuid[]
    language sql stable set search_path = pg_catalog, pg_temp
as $$
    with recursive lineage (id) as (
        select agency_id where agency_id is not null
         union
        select successor.old_id
          from lineage
          join identity.agency_successor as successor on successor.new_id = lineage.id
         where successor.on_date <= today
    )
    select coalesce(array_agg(id order by id <> agency_id, id), '{}') from lineage
$$;

-- An officer at work. `form` is the hash of the form's token; null for what changes nothing. The
-- idle time starts anew at most once a minute, so that reading does not mean writing.
create function enter_console(cookie bytea, form bytea, reads_only boolean, moment timestamptz)
    returns table (
        staff_id uuid, step_up_at timestamptz, roles text[], agency_id uuid, agencies uuid[],
        areas text[])
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    live record;
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
    agencies := identity.inherited(
        agency_id, (moment at time zone 'Asia/Ho_Chi_Minh')::date);
    areas := array(
        select held.area_code
          from identity.staff_area as held
         where held.staff_id = live.staff_id
           and held.valid_from <= moment
           and (held.valid_to is null or held.valid_to > moment)
         order by held.area_code);
    perform set_config('tinhs.kind', 'staff', true),
            set_config('tinhs.staff_id', staff_id::text, true),
            set_config('tinhs.agencies', agencies::text, true),
            set_config('tinhs.areas', areas::text, true);
    if reads_only then
        perform set_config('transaction_read_only', 'on', true);
    end if;
    return next;
end
$$;

revoke execute on all functions in schema identity from public;
grant execute on function enter_session, enter_client, enter_console to tinhs_rt;
