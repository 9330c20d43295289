-- A number that a person wants to change to, until its code comes back; then it waits for a day.
create table phone_change (
    person_id uuid primary key references person,
    id uuid not null,
    phone_enc bytea not null,
    phone_bidx bytea not null,
    mac bytea not null,
    asked_at timestamptz not null,
    expires_at timestamptz not null
);

-- What a provider told of a person, sealed, for the minutes in which a number is asked for.
alter table upstream_proof add column told_enc bytea;

-- Papers that people name themselves say so.
alter table person_identifier drop constraint person_identifier_source_check;
alter table person_identifier add constraint person_identifier_source_check
    check (source in ('vneid', 'counter', 'import', 'declared'));

create index person_phone_held on person_phone (hold_until)
    where hold_until is not null and ended_at is null;

do $$
declare
    name text;
begin
    foreach name in array array['phone_change', 'upstream_link', 'upstream_round', 'upstream_proof']
    loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format(
            'create policy signing_in on %I to tinhs_auth, tinhs_mod_identity using (true)', name);
    end loop;
end
$$;

-- Two accounts of one human being become one; false when the old one is closed already. The devices
-- of the old one sign in again.
create function merge_person(old uuid, new uuid, moment timestamptz) returns boolean
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if tinhs.kind() <> 'job' then
        raise exception 'only the house merges' using errcode = 'insufficient_privilege';
    end if;
    update identity.person
       set status = 'merged', merged_into = new
     where id = old
       and status in ('unverified', 'verified', 'temporary', 'newborn', 'dormant');
    if not found then
        return false;
    end if;
    update identity.session
       set revoked_at = moment, reason = 'merged'
     where person_id = old and revoked_at is null;
    update identity.person_phone
       set ended_at = moment, end_reason = 'merged'
     where person_id = old and ended_at is null;
    update identity.upstream_link set person_id = new where person_id = old;
    update identity.passkey set person_id = new where person_id = old;
    update identity.representation
       set guardian_id = new
     where guardian_id = old and ward_id <> new;
    insert into identity.consent
        (id, person_id, purpose, recipient, text_id, decision, channel, age_band, at)
    select gen_random_uuid(), new, said.purpose, said.recipient, said.text_id, 'given', 'merge',
           'adult', moment
      from identity.consent_live as live
      join identity.consent as said on said.id = live.consent_id
     where live.person_id = old and said.age_band = 'adult';
    delete from identity.consent_live where person_id = old;
    return true;
end
$$;

-- Numbers whose day is over become their person's: the number before ends, and so does whoever had
-- this one. An account that had nothing but the number is the same human being's, for both were
-- proved by one device; `merged_id` names it.
create function settle_phones(moment timestamptz)
    returns table (person_id uuid, merged_id uuid)
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    held record;
    holder record;
begin
    for held in
        select phone.id, phone.person_id, phone.bidx
          from identity.person_phone as phone
         where phone.hold_until <= moment and phone.ended_at is null
         order by phone.hold_until
         limit 100
           for update skip locked
    loop
        merged_id := null;
        select phone.id, phone.person_id, person.ial, person.status
          into holder
          from identity.person_phone as phone
          join identity.person on person.id = phone.person_id
         where phone.bidx = held.bidx
           and phone.ended_at is null
           and phone.hold_until is null
           and phone.person_id <> held.person_id;
        if found then
            if holder.ial = 0 and holder.status = 'unverified'
                and identity.merge_person(holder.person_id, held.person_id, moment)
            then
                merged_id := holder.person_id;
            else
                update identity.person_phone
                   set ended_at = moment, end_reason = 'new_holder'
                 where id = holder.id;
            end if;
        end if;
        update identity.person_phone as phone
           set ended_at = moment, end_reason = 'changed'
         where phone.person_id = held.person_id and phone.ended_at is null and phone.id <> held.id;
        update identity.person_phone set hold_until = null where id = held.id;
        person_id := held.person_id;
        return next;
    end loop;
end
$$;

revoke execute on function merge_person, settle_phones from public;
grant execute on function merge_person to tinhs_auth;
grant execute on function settle_phones to tinhs_job;
