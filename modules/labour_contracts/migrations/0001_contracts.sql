-- Contracts and what hangs on them, as both sides and the licensed provider see them go on after
-- signing. What they say lies in `documents`; here are ids, moments and the provider's words.
create table contract (
    document_id uuid primary key,
    kind text not null,
    -- The contract on which this annex, suspension or termination hangs.
    of_contract uuid references contract,
    drafted_by uuid not null,
    employer_id uuid not null,
    employee_id uuid not null,
    signed_at timestamptz,
    certified_by text,
    certificate text,
    certified_at timestamptz,
    ended_on date,
    -- The last day of a fixed term; of a termination, the day from which on there is no contract.
    ends_on date,
    check ((certified_by is null) = (certificate is null)
       and (certified_by is null) = (certified_at is null))
);

create index contract_by_employer on contract (employer_id, document_id);
create index contract_by_employee on contract (employee_id, document_id);
create index contract_by_contract on contract (of_contract) where of_contract is not null;

-- The platform's number comes once, after both have signed, and never changes (TT 08/2026/TT-BNV).
-- The log holds a hash of it with the salt, so that nobody can have been given another one.
create table platform_number (
    contract_id uuid primary key references contract,
    number text not null unique,
    salt text not null,
    given_by text not null,
    given_at timestamptz not null
);

revoke update, delete on platform_number from tinhs_rt, tinhs_job;

-- What providers have told, before anything is done about it.
create table provider_event (
    client_id text not null,
    event_id text not null,
    told jsonb not null,
    state text not null check (state in ('received', 'applied', 'refused')),
    reason text,
    received_at timestamptz not null,
    primary key (client_id, event_id)
);

revoke delete on provider_event from tinhs_rt, tinhs_job;

alter table contract enable row level security;
alter table contract force row level security;
create policy of_both on contract using (
    tinhs.kind() = 'job'
    or drafted_by = tinhs.person_id()
    or employer_id = tinhs.person_id()
    or employee_id = tinhs.person_id());

alter table platform_number enable row level security;
alter table platform_number force row level security;
create policy of_both on platform_number using (
    tinhs.kind() = 'job'
    or exists (select from contract where contract.document_id = platform_number.contract_id));

alter table provider_event enable row level security;
alter table provider_event force row level security;
create policy of_the_provider on provider_event using (
    tinhs.kind() = 'job'
    or (tinhs.kind() = 'partner' and client_id = tinhs.client_id()));
