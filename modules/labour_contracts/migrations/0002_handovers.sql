-- Where a contract is signed, and who certifies it: a provider by its name, or nobody named yet.
-- A contract of before goes to a provider, as the law has it unless the operator is one.
alter table contract
    add column route text not null default 'provider' check (route in ('provider', 'local_signing')),
    add column provider text,
    -- The revision that both have signed last; the certification is of that one.
    add column rev smallint not null default 1;

-- What is given to a provider within 24 hours of the last signature, and how far that is. Here are
-- ids and moments and nobody's name, so the operator's officers may read it.
create table handover (
    contract_id uuid primary key references contract,
    rev smallint not null,
    provider text,
    state text not null check (state in ('queued', 'sent', 'certified', 'numbered', 'refused')),
    failure text check (failure in (
        'unanswered', 'declined', 'no-provider', 'number-taken', 'already-numbered')),
    token text,
    turn smallint not null default 0,
    tries integer not null default 0,
    due_at timestamptz not null,
    next_try_at timestamptz,
    -- After how many hours somebody was last told that it is not certified: 12, 20, 24.
    alarmed_hours smallint not null default 0 check (alarmed_hours in (0, 12, 20, 24))
);

create index handover_open on handover (due_at, contract_id)
    where state in ('queued', 'sent', 'refused');

alter table handover enable row level security;
alter table handover force row level security;
create policy of_both on handover using (
    tinhs.kind() in ('job', 'staff')
    or exists (select from contract where contract.document_id = handover.contract_id));
