-- What people ask of us about their data, with the clocks of Law 91/2025/QH15 and its decree. What
-- they wrote is sealed with their own key.
create table request (
    id uuid primary key,
    code text not null unique check (code ~ '^DL-[2346789CDFGHJKMNPQRTVWX]{6}$'),
    person_id uuid not null,
    kind text not null check (kind in (
        'access', 'rectify', 'copy', 'withdraw', 'restrict', 'object', 'erase')),
    state text not null check (state in (
        'received', 'answered', 'working', 'extended', 'fulfilled', 'refused', 'withdrawn')),
    note_enc bytea,
    received_at timestamptz not null,
    answer_due date not null,
    finish_due date not null,
    extended_to date,
    extension_reason text,
    answered_at timestamptz,
    finished_at timestamptz,
    outcome text,
    refusal_law text,
    version integer not null default 1,
    check ((extended_to is null) = (extension_reason is null)),
    check ((state = 'refused') = (refusal_law is not null)),
    check ((finished_at is null) = (state in ('received', 'answered', 'working', 'extended')))
);

create index request_by_person on request (person_id, received_at desc, id desc);
create index request_open on request (finish_due, id) where finished_at is null;

-- While one stands, nothing that the module keeps of the person is erased. It takes two people.
create table hold (
    id uuid primary key,
    person_id uuid not null,
    module text not null,
    basis text not null,
    until date,
    proposed_by uuid not null,
    proposed_at timestamptz not null,
    placed_by uuid,
    placed_at timestamptz,
    lifted_by uuid,
    lifted_at timestamptz,
    check ((placed_by is null) = (placed_at is null)),
    check ((lifted_by is null) = (lifted_at is null)),
    check (placed_by <> proposed_by)
);

create index hold_by_person on hold (person_id) where lifted_at is null;
create index hold_newest on hold (proposed_at desc, id desc);

-- A breach is told to the authority within 72 hours, and its file is kept for five years.
create table incident (
    id uuid primary key,
    detected_at timestamptz not null,
    due_at timestamptz not null,
    what text not null,
    persons_affected integer not null check (persons_affected >= 0),
    measures text not null,
    reported_at timestamptz,
    report_ref text,
    closed_at timestamptz,
    recorded_by uuid not null,
    version integer not null default 1,
    check ((reported_at is null) = (report_ref is null)),
    check (closed_at is null or reported_at is not null)
);

create index incident_newest on incident (detected_at desc, id desc);

-- One archive, for the session that asked for it, for a day. It lies here sealed with a key of its
-- own, wrapped by one that is not in the database.
create table export (
    id uuid primary key,
    person_id uuid not null,
    session_id uuid not null,
    state text not null check (state in ('waiting', 'ready', 'gone')),
    asked_at timestamptz not null,
    expires_at timestamptz not null,
    bytes integer,
    wrapped bytea,
    archive bytea,
    check ((state = 'ready') = (archive is not null and wrapped is not null))
);

create index export_by_person on export (person_id, asked_at desc);
create index export_by_end on export (expires_at) where state <> 'gone';

-- cooling ──72 h──> done, or restricted while a law holds something ──> done
--    └──> withdrawn
create table erasure (
    id uuid primary key,
    person_id uuid not null,
    receipt uuid not null unique,
    state text not null check (state in ('cooling', 'restricted', 'done', 'withdrawn')),
    asked_at timestamptz not null,
    due_at timestamptz not null,
    held jsonb not null default '[]',
    until date,
    done_at timestamptz
);

create unique index erasure_under_way on erasure (person_id)
    where state in ('cooling', 'restricted');
create index erasure_due on erasure (due_at) where state = 'cooling';
create index erasure_held on erasure (until) where state = 'restricted';

-- Officers' side is coarser here than their scopes: the wall tells people apart, not roles.
do $$
declare
    name text;
begin
    foreach name in array array['request', 'hold', 'export', 'erasure'] loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
    end loop;
end
$$;

create policy theirs on request
    using (person_id = tinhs.person_id() or tinhs.kind() in ('job', 'staff'));
create policy desk on hold using (tinhs.kind() in ('job', 'staff'));
create policy theirs on export using (person_id = tinhs.person_id() or tinhs.kind() = 'job');
create policy theirs on erasure using (person_id = tinhs.person_id() or tinhs.kind() = 'job');

alter table incident enable row level security;
alter table incident force row level security;
create policy desk on incident using (tinhs.kind() in ('job', 'staff'));

-- Which erasures of the journal this database does not know: a backup was restored that is older.
create function unknown_receipts(receipts uuid[]) returns setof uuid
    language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select asked.receipt
      from unnest(receipts) as asked (receipt)
     where not exists (
           select
             from privacy.erasure
            where erasure.receipt = asked.receipt
              and erasure.state in ('restricted', 'done'))
$$;

create policy counted on erasure for select to tinhs_mod_privacy using (true);
revoke execute on function unknown_receipts from public;
grant execute on function unknown_receipts to tinhs_rt, tinhs_job;

-- Whoever holds a receipt may ask what became of the erasure, for no session is left to ask with.
create function of_receipt(asked uuid)
    returns table (
        id uuid, person_id uuid, receipt uuid, state text, asked_at timestamptz, due_at timestamptz,
        held jsonb, until date, done_at timestamptz)
    language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select erasure.id, erasure.person_id, erasure.receipt, erasure.state, erasure.asked_at,
           erasure.due_at, erasure.held, erasure.until, erasure.done_at
      from privacy.erasure
     where erasure.receipt = asked
$$;

revoke execute on function of_receipt from public;
grant execute on function of_receipt to tinhs_rt;

-- The desk sees no erasures, only that one waits for the hold that it lifts.
create function held_up(person uuid) returns uuid
    language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select erasure.id
      from privacy.erasure
     where erasure.person_id = person and erasure.state = 'restricted'
$$;

revoke execute on function held_up from public;
grant execute on function held_up to tinhs_rt, tinhs_job;
