-- Private keys lie in the house's store of keys, which knows them by reference. Those of before lay
-- in files of this module: they sign no more, and what they have signed stays good.
alter table key
    drop constraint key_pkey,
    add column id uuid not null default gen_random_uuid(),
    add column reference text,
    add column retired_at timestamptz;

update key set retired_at = made_at;

alter table key add primary key (id);
alter table key add check (reference is not null or retired_at is not null);
create unique index key_in_use on key (purpose, owner) where retired_at is null;
create index key_by_purpose on key (purpose, owner);

grant update (retired_at) on key to tinhs_rt, tinhs_job;
