-- What identity hands out and erases of a person: for jobs alone, which run these on the person's
-- behalf. Rows of the tables come as JSON, so that this list is all there is to keep complete.
create function rows_of(subject uuid) returns table (name text, said jsonb)
    language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select 'identity.person', jsonb_build_object(
               'status', status, 'ial', ial, 'name_enc', encode(name_enc, 'hex'),
               'birth_enc', encode(birth_enc, 'hex'), 'created_at', created_at)
      from identity.person where id = subject
    union all
    select 'identity.person_phone', jsonb_build_object(
               'value_enc', encode(value_enc, 'hex'), 'verified_at', verified_at,
               'proved_at', proved_at, 'ended_at', ended_at, 'end_reason', end_reason)
      from identity.person_phone where person_id = subject
    union all
    select 'identity.person_identifier', jsonb_build_object(
               'kind', kind, 'value_enc', encode(value_enc, 'hex'), 'source', source,
               'valid_from', valid_from, 'valid_to', valid_to)
      from identity.person_identifier where person_id = subject
    union all
    select 'identity.representation', jsonb_build_object(
               'ward_id', ward_id, 'guardian_id', guardian_id, 'kind', kind, 'basis', basis,
               'valid_from', valid_from, 'valid_to', valid_to)
      from identity.representation where subject in (ward_id, guardian_id)
    union all
    select 'identity.session', jsonb_build_object(
               'client_id', client_id, 'scope', scope, 'ial', ial, 'acr', acr,
               'auth_time', auth_time, 'device', device, 'revoked_at', revoked_at,
               'reason', reason)
      from identity.session where person_id = subject
    union all
    select 'identity.passkey', jsonb_build_object(
               'name', passkey.name, 'added_at', added_at, 'last_used_at', last_used_at,
               'revoked_at', revoked_at)
      from identity.passkey where person_id = subject
    union all
    select 'identity.upstream_link', jsonb_build_object(
               'upstream', upstream, 'level', level, 'linked_at', linked_at, 'ended_at', ended_at)
      from identity.upstream_link where person_id = subject
    union all
    select 'identity.consent', jsonb_build_object(
               'purpose', purpose, 'recipient', recipient, 'decision', decision,
               'channel', channel, 'until', until, 'at', at)
      from identity.consent where person_id = subject
$$;

-- What stays is the person's id, that it was erased, when, and what they once agreed to: nothing
-- that names anybody. The numbers are free for whoever proves them next.
create function erase_person(subject uuid, moment timestamptz) returns void
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    delete from identity.code where person_id = subject;
    delete from identity.device_claim where person_id = subject;
    delete from identity.upstream_proof where person_id = subject;
    update identity.interaction set holder_id = null where holder_id = subject;
    delete from identity.consent_live where person_id = subject;
    update identity.consent set session_id = null where person_id = subject;
    delete from identity.session where person_id = subject;
    delete from identity.passkey where person_id = subject;
    delete from identity.upstream_link where person_id = subject;
    delete from identity.person_identifier where person_id = subject;
    delete from identity.otp_challenge
     where phone_bidx in (
           select phone.bidx from identity.person_phone as phone where phone.person_id = subject);
    delete from identity.person_phone where person_id = subject;
    delete from identity.representation where subject in (ward_id, guardian_id);
    update identity.person
       set status = 'erased', ial = 0, name_enc = null, birth_enc = null, merged_into = null,
           restricted_at = moment, erased_at = moment
     where id = subject and status <> 'erased';
end
$$;

-- The last of all: what the key has sealed is unreadable from here on, in every backup too once the
-- key of its epoch is gone.
create function destroy_person_key(subject uuid, moment timestamptz) returns void
    language sql security definer set search_path = pg_catalog, pg_temp
as $$
    update identity.subject_key
       set wrapped = null, destroyed_at = moment
     where subject_id = subject and destroyed_at is null;
    update identity.person set restricted_at = null where id = subject and status = 'erased';
$$;

-- Re-wrapping for a new epoch: as many keys as are asked for, of epochs before the one in use.
create function keys_of_old_epochs(most integer)
    returns table (subject_id uuid, wrapped bytea, kek_epoch integer)
    language sql security definer set search_path = pg_catalog, pg_temp
as $$
    select kept.subject_id, kept.wrapped, kept.kek_epoch
      from identity.subject_key as kept
     where kept.wrapped is not null
       and kept.kek_epoch < (select max(number) from identity.kek_epoch)
     order by kept.kek_epoch
     limit most
       for update skip locked
$$;

create function rewrap_key(subject uuid, was bytea, wrapped bytea, epoch integer) returns void
    language sql security definer set search_path = pg_catalog, pg_temp
as $$
    update identity.subject_key as kept
       set wrapped = rewrap_key.wrapped, kek_epoch = epoch
     where kept.subject_id = subject and kept.wrapped = was
$$;

revoke execute on function rows_of, erase_person, destroy_person_key, keys_of_old_epochs, rewrap_key
    from public;
grant execute on function rows_of, erase_person, destroy_person_key, keys_of_old_epochs, rewrap_key
    to tinhs_job;
grant select, insert, update on kek_epoch to tinhs_job;

-- As in 0010, for tables that came since; those of 0032 have this already.
do $$
declare
    name text;
begin
    foreach name in array array['passkey', 'consent', 'consent_live'] loop
        execute format('create policy kept_by_identity on %I to tinhs_mod_identity using (true)', name);
    end loop;
end
$$;
