-- What a person keeps an eye on. A watcher who proved to know a dossier reads what a proof shows;
-- what officers wrote is from now on for the owner and for nobody else, whatever door they came by.
create table dossier_watch (
    person_id uuid not null,
    dossier_id uuid not null references dossier on delete cascade,
    basis text not null check (basis in ('owner', 'factor')),
    since timestamptz not null,
    expires_at timestamptz,
    primary key (person_id, dossier_id)
);
create index watch_by_dossier on dossier_watch (dossier_id);

alter table dossier_watch enable row level security;
alter table dossier_watch force row level security;
create policy theirs on dossier_watch
    using (tinhs.kind() = 'job' or person_id = any (tinhs.subjects()));

create policy watched on dossier for select
    using (
        tinhs.kind() = 'citizen' and id in (
            select dossier_watch.dossier_id
              from dossier_watch
             where dossier_watch.person_id = any (tinhs.subjects())));

create function owns_dossier(dossier_id uuid) returns boolean
    language plpgsql stable parallel safe
as $$
begin
    return exists (
        select
          from public_services.dossier
          join public_services.dossier_owner as whose on whose.owner_index = dossier.owner_index
         where dossier.id = owns_dossier.dossier_id
           and whose.person_id = any (tinhs.subjects()));
end
$$;

drop policy of_owner on dossier_event_text;
create policy of_owner on dossier_event_text
    using (
        tinhs.kind() = 'job'
        or signed_source() is not null and sees_dossier(dossier_id)
        or tinhs.kind() = 'citizen' and owns_dossier(dossier_id));

-- One opinion of one owner. Whoever is erased leaves the level behind, and nothing else.
create table dossier_rating (
    dossier_id uuid primary key references dossier on delete cascade,
    person_id uuid,
    level smallint not null check (level between 1 and 5),
    comment text not null default '',
    first_at timestamptz not null,
    rated_at timestamptz not null,
    previous smallint check (previous between 1 and 5)
);

alter table dossier_rating enable row level security;
alter table dossier_rating force row level security;
create policy theirs on dossier_rating
    using (tinhs.kind() = 'job' or person_id = any (tinhs.subjects()));

create table favourite (
    person_id uuid not null,
    code text not null,
    seen_version uuid,
    added_at timestamptz not null,
    primary key (person_id, code)
);

alter table favourite enable row level security;
alter table favourite force row level security;
create policy theirs on favourite
    using (tinhs.kind() = 'job' or person_id = any (tinhs.subjects()));
