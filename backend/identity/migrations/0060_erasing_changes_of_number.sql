-- A number that somebody was about to take is forgotten with them, too.
create or replace function erase_person(subject uuid, moment timestamptz) returns void
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
    delete from identity.phone_change where person_id = subject;
    delete from identity.representation where subject in (ward_id, guardian_id);
    update identity.person
       set status = 'erased', ial = 0, name_enc = null, birth_enc = null, merged_into = null,
           restricted_at = moment, erased_at = moment
     where id = subject and status <> 'erased';
end
$$;
