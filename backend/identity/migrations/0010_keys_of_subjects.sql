-- Keys belong to a subject: a person, or an anonymous contact of some module. Nobody but the sign-in
-- role reads them; everybody else borrows one through a function that writes, in the same call, the
-- line of the access log.
alter table person_key rename to subject_key;
alter table subject_key rename column person_id to subject_id;
alter table subject_key drop constraint person_key_person_id_fkey;
alter table subject_key alter column wrapped drop not null;
alter table subject_key add check ((wrapped is null) = (destroyed_at is not null));
create index subject_key_by_epoch on subject_key (kek_epoch) where wrapped is not null;

-- Each epoch has a key of its own that wraps the subjects' keys, and lies outside the database. It
-- is destroyed after the last backup that holds keys wrapped by it.
create table kek_epoch (
    number integer primary key,
    began_at timestamptz not null,
    emptied_at timestamptz,
    destroyed_at timestamptz
);

insert into kek_epoch (number, began_at) values (1, '2026-01-01T00:00:00+07:00');

create function epoch_in_use() returns integer
    language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select max(number) from identity.kek_epoch
$$;

-- A look at oneself leaves no line, and only such a look may be without one.
create function require_line(subject uuid, look jsonb) returns void
    language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
    if look is null and (tinhs.kind() <> 'citizen' or subject is distinct from tinhs.person_id())
    then
        raise exception 'a look at somebody leaves a line' using errcode = 'insufficient_privilege';
    end if;
end
$$;

-- No row: the subject has no key. `wrapped` is null when it was destroyed, and then nobody looked.
create function lend_key(subject uuid, look jsonb, moment timestamptz)
    returns table (wrapped bytea, kek_epoch integer)
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform identity.require_line(subject, look);
    select kept.wrapped, kept.kek_epoch
      into lend_key.wrapped, lend_key.kek_epoch
      from identity.subject_key as kept
     where kept.subject_id = subject;
    if not found then
        return;
    end if;
    if look is not null and lend_key.wrapped is not null then
        perform audit.note(
            jsonb_build_array(look || jsonb_build_object('person_id', subject)), moment);
    end if;
    return next;
end
$$;

-- The first to come gives a subject its key.
create function keep_key(subject uuid, wrapped bytea, epoch integer) returns void
    language sql security definer set search_path = pg_catalog, pg_temp
as $$
    insert into identity.subject_key (subject_id, wrapped, kek_epoch)
    values (subject, wrapped, epoch)
    on conflict do nothing
$$;

-- Anonymous contacts are forgotten by the module that keeps them; a person's key dies elsewhere.
create function destroy_key(subject uuid, moment timestamptz) returns void
    language sql security definer set search_path = pg_catalog, pg_temp
as $$
    update identity.subject_key
       set wrapped = null, destroyed_at = moment
     where subject_id = subject
       and destroyed_at is null
       and not exists (select from identity.person where person.id = subject)
$$;

-- Papers that name a person, with their history. A number in force is one person's, and a person
-- has one of each kind; it is found by its keyed digest alone.
create table person_identifier (
    id uuid primary key,
    person_id uuid not null references person,
    kind text not null check (kind in (
        'national_id', 'national_id_void', 'old_id9', 'foreigner_id', 'passport',
        'id_certificate', 'eid_account', 'health_insurance', 'birth_certificate', 'temporary')),
    value_enc bytea not null,
    bidx bytea not null,
    source text not null check (source in ('vneid', 'counter', 'import')),
    valid_from timestamptz not null,
    valid_to timestamptz,
    recorded_by uuid,
    check (valid_to >= valid_from)
);

create unique index person_identifier_in_force on person_identifier (kind, bidx)
    where valid_to is null;
create unique index person_identifier_one_of_a_kind on person_identifier (person_id, kind)
    where valid_to is null;
create index person_identifier_by_person on person_identifier (person_id);

-- Who somebody is, for a reader with a reason; the look is written down by the same call.
create function read_card(person uuid, look jsonb, moment timestamptz)
    returns table (
        person_id uuid, ial smallint, name_enc bytea, birth_enc bytea, national_id_enc bytea,
        phone_enc bytea, wrapped bytea, kek_epoch integer)
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform identity.require_line(person, look);
    select living.id, living.ial, living.name_enc, living.birth_enc, kept.wrapped, kept.kek_epoch
      into read_card.person_id, read_card.ial, read_card.name_enc, read_card.birth_enc,
           read_card.wrapped, read_card.kek_epoch
      from identity.person as asked
      join identity.person as living on living.id = coalesce(asked.merged_into, asked.id)
      left join identity.subject_key as kept on kept.subject_id = living.id
     where asked.id = person and living.status not in ('erased', 'merged');
    if not found then
        return;
    end if;
    select identifier.value_enc into read_card.national_id_enc
      from identity.person_identifier as identifier
     where identifier.person_id = read_card.person_id
       and identifier.kind = 'national_id'
       and identifier.valid_to is null;
    select phone.value_enc into read_card.phone_enc
      from identity.person_phone as phone
     where phone.person_id = read_card.person_id
       and phone.ended_at is null
       and phone.hold_until is null
     order by phone.proved_at desc
     limit 1;
    if look is not null then
        perform audit.note(
            jsonb_build_array(look || jsonb_build_object('person_id', read_card.person_id)), moment);
    end if;
    return next;
end
$$;

-- Whose paper it is. Who looks for somebody has looked at them.
create function find_person(kind text, digests bytea[], look jsonb, moment timestamptz)
    returns uuid
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    found_id uuid;
begin
    perform identity.require_line(null, look);
    select identifier.person_id
      into found_id
      from identity.person_identifier as identifier
     where identifier.kind = find_person.kind
       and identifier.bidx = any (digests)
       and identifier.valid_to is null;
    if found_id is not null then
        perform audit.note(
            jsonb_build_array(look || jsonb_build_object('person_id', found_id)), moment);
    end if;
    return found_id;
end
$$;

revoke execute on function require_line, epoch_in_use, lend_key, keep_key, destroy_key, read_card, find_person
    from public;
grant execute on function epoch_in_use, lend_key, keep_key, destroy_key, read_card, find_person
    to tinhs_rt, tinhs_auth, tinhs_job;

-- Whoever can name a table still sees no row of it, unless a policy says so. The functions above
-- run as the owner of this schema, whom a forced wall holds like everybody else.
do $$
declare
    name text;
begin
    foreach name in array array[
        'person', 'subject_key', 'person_phone', 'person_identifier', 'representation', 'session',
        'device_claim', 'code', 'interaction', 'otp_challenge']
    loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format(
            'create policy signing_in on %I to tinhs_auth, tinhs_mod_identity using (true)', name);
    end loop;
    foreach name in array array['code', 'interaction', 'otp_challenge'] loop
        execute format('create policy sweeping on %I to tinhs_job using (true)', name);
    end loop;
end
$$;
