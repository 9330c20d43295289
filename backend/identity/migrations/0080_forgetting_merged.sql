-- What stays of an account that became another's is that it did. When this runs, each module has
-- given what it kept to the other account, so nothing is sealed with the old key any more; were it
-- left, whoever is erased later would live on under their earlier number.
create function forget_merged(old uuid, new uuid, moment timestamptz) returns void
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if not exists (
        select from identity.person where id = old and status = 'merged' and merged_into = new)
    then
        return;
    end if;
    delete from identity.code where person_id = old;
    delete from identity.device_claim where person_id = old;
    update identity.upstream_proof set person_id = new where person_id = old;
    update identity.interaction set holder_id = null where holder_id = old;
    update identity.consent set session_id = null where person_id = old;
    delete from identity.session where person_id = old;
    delete from identity.person_identifier where person_id = old;
    delete from identity.person_phone where person_id = old;
    delete from identity.phone_change where person_id = old;
    update identity.representation
       set ward_id = new
     where ward_id = old and guardian_id <> new;
    delete from identity.representation where old in (ward_id, guardian_id);
    update identity.person
       set ial = 0, name_enc = null, birth_enc = null, restricted_at = null
     where id = old;
    update identity.subject_key
       set wrapped = null, destroyed_at = moment
     where subject_id = old and destroyed_at is null;
end
$$;

revoke execute on function forget_merged from public;
grant execute on function forget_merged to tinhs_job;
