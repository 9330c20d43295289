-- What people write into their own book, or bring: nobody's signature, and nobody else's business.
create table own_entry (
    id uuid primary key,
    person_id uuid not null,
    body_enc bytea not null,
    entered_at timestamptz not null
);

create index own_entry_by_person on own_entry (person_id, id);
revoke update on own_entry from tinhs_rt;

alter table own_entry enable row level security;
alter table own_entry force row level security;
create policy ones_own on own_entry using (
    tinhs.kind() = 'job' or person_id = tinhs.person_id());

-- The keys that sign health cards: public for ever, and signing for a year.
create table card_key (
    id uuid primary key,
    public bytea not null unique,
    reference text not null,
    made_at timestamptz not null
);

revoke update, delete on card_key from tinhs_rt, tinhs_job;
