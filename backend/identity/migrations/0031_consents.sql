-- What people have agreed to: for one purpose, to one recipient, by one text (Law 91/2025/QH15).
-- The ledger is only ever added to; what holds now is derived from it.

-- The words that people are shown. A changed text is a new row; who agreed to the old one did so.
create table consent_text (
    id uuid primary key,
    purpose text not null check (purpose ~ '^[a-z0-9_]{1,40}\.[a-z0-9_-]{1,40}$'),
    lang text not null check (lang in ('vi', 'en')),
    body text not null check (length(body) between 1 and 10000),
    sha256 bytea not null check (length(sha256) = 32),
    valid_from timestamptz not null,
    unique (purpose, lang, valid_from)
);

-- `line` is the order in which things were said, however close together. `age_band` is whose word was needed then: an adult's own, from 7 to 18 the child's and the
-- representative's, below 7 and for other wards the representative's (NĐ 330/2026 Đ60).
-- `until` is when they are asked again.
create table consent (
    id uuid primary key,
    line bigint generated always as identity,
    person_id uuid not null references person,
    purpose text not null,
    recipient text not null references client,
    text_id uuid not null references consent_text,
    decision text not null check (decision in ('given', 'withdrawn')),
    channel text not null check (channel in ('app', 'merge')),
    session_id uuid references session,
    represented_by uuid references person,
    age_band text not null check (age_band in ('adult', 'from_7', 'under_7', 'ward')),
    until timestamptz,
    at timestamptz not null,
    check (represented_by <> person_id)
);

create index consent_by_person on consent (person_id, purpose, recipient, line);
revoke update, delete on consent from tinhs_auth;

create table consent_live (
    person_id uuid not null references person,
    purpose text not null,
    recipient text not null references client,
    consent_id uuid not null references consent,
    until timestamptz,
    primary key (person_id, purpose, recipient)
);

-- Nobody sees another's; a partner sees whether somebody has agreed to it.
alter table consent enable row level security;
alter table consent force row level security;
create policy theirs on consent
    using (tinhs.kind() = 'job' or person_id = any (tinhs.subjects()));

alter table consent_live enable row level security;
alter table consent_live force row level security;
create policy theirs on consent_live
    using (tinhs.kind() = 'job' or person_id = any (tinhs.subjects()));
create policy recipients on consent_live for select
    using (tinhs.kind() = 'partner' and recipient = tinhs.client_id());

create function keep_live() returns trigger
    language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
    own text;
    theirs text;
begin
    -- A child and a parent who decide at once take turns, or both would count the other's old word.
    perform pg_advisory_xact_lock(
        hashtextextended(concat_ws(' ', new.person_id, new.purpose, new.recipient), 74260031));
    select consent.decision
      into own
      from identity.consent
     where consent.person_id = new.person_id
       and consent.purpose = new.purpose
       and consent.recipient = new.recipient
       and consent.age_band = new.age_band
       and consent.represented_by is null
     order by consent.line desc
     limit 1;
    select consent.decision
      into theirs
      from identity.consent
     where consent.person_id = new.person_id
       and consent.purpose = new.purpose
       and consent.recipient = new.recipient
       and consent.age_band = new.age_band
       and consent.represented_by is not null
     order by consent.line desc
     limit 1;
    if coalesce(case new.age_band
           when 'adult' then own = 'given'
           when 'from_7' then own = 'given' and theirs = 'given'
           else theirs = 'given'
       end, false)
    then
        insert into identity.consent_live (person_id, purpose, recipient, consent_id, until)
        values (new.person_id, new.purpose, new.recipient, new.id, new.until)
        on conflict (person_id, purpose, recipient) do update
           set consent_id = excluded.consent_id, until = excluded.until;
    else
        delete from identity.consent_live as live
         where live.person_id = new.person_id
           and live.purpose = new.purpose
           and live.recipient = new.recipient;
    end if;
    return null;
end
$$;

create trigger keep_live after insert on consent for each row execute function keep_live();

create function consented(
    subject uuid, for_purpose text, to_recipient text, moment timestamptz
)
    returns boolean
    language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select exists (
           select
             from identity.consent_live as live
            where live.person_id = subject
              and live.purpose = for_purpose
              and live.recipient = to_recipient
              and (live.until is null or live.until > moment))
$$;

revoke execute on function keep_live, consented from public;
grant execute on function consented to tinhs_rt, tinhs_auth, tinhs_job;

-- As in 0002; it also says which moment the request is of, for consent that ends on a birthday.
create or replace function enter_client(
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
            set_config('tinhs.purpose', coalesce(purpose, ''), true),
            set_config('tinhs.moment', moment::text, true);
    if reads_only then
        perform set_config('transaction_read_only', 'on', true);
    end if;
end
$$;
