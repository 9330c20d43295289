-- Who is to act for whom, as one officer has written it down: nothing follows from it until another
-- has found it right. Two tables, so that no reader of the one that counts can forget to ask.
create table representation_draft (
    id uuid primary key,
    ward_id uuid not null references person,
    guardian_id uuid not null references person,
    kind text not null check (kind in ('parent', 'guardian')),
    basis text not null,
    valid_to timestamptz,
    proposed_by uuid not null references staff,
    proposed_at timestamptz not null,
    check (ward_id <> guardian_id)
);

create index representation_draft_by_age on representation_draft (proposed_at);
create index representation_by_ward on representation (ward_id);

alter table representation_draft enable row level security;
alter table representation_draft force row level security;
create policy signing_in on representation_draft to tinhs_auth, tinhs_mod_identity using (true);

-- As before, and what waits for a second officer goes too.
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
    delete from identity.representation_draft where subject in (ward_id, guardian_id);
    update identity.person
       set status = 'erased', ial = 0, name_enc = null, birth_enc = null, merged_into = null,
           restricted_at = moment, erased_at = moment
     where id = subject and status <> 'erased';
end
$$;

-- As before, for the same reason: whoever shows their papers again is written down again.
create or replace function forget_merged(old uuid, new uuid, moment timestamptz) returns void
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
    delete from identity.representation_draft where old in (ward_id, guardian_id);
    update identity.person
       set ial = 0, name_enc = null, birth_enc = null, restricted_at = null
     where id = old;
    update identity.subject_key
       set wrapped = null, destroyed_at = moment
     where subject_id = old and destroyed_at is null;
end
$$;
