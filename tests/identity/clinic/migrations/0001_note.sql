create table note (
    id uuid primary key,
    person_id uuid not null,
    body text not null
);

alter table note enable row level security;
alter table note force row level security;

create policy theirs on note
    using (person_id = any (tinhs.subjects()) or tinhs.kind() = 'job');
create policy partners on note for select using (tinhs.consented(person_id));
