-- Whom to tell that somebody looked: holders alone. Whoever may see a document may not therefore
-- see who else does, so this is asked by the module itself.
create policy told on access for select to tinhs_mod_documents using (true);

create function holders(document uuid) returns uuid[]
    language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select coalesce(array_agg(access.person_id order by access.person_id), '{}')
      from documents.access
     where access.document_id = document
       and access.relation = 'holder'
$$;

revoke execute on function holders from public;
grant execute on function holders to tinhs_rt, tinhs_job;

-- A child of seven or more and whoever represents it agree both (Law 91/2025/QH15); until then the
-- token opens nothing. Both see the share, and either ends it.
alter table share add column holder_id uuid;
alter table share_opening
    add column waits_for text check (waits_for in ('holder', 'guardian'));
alter policy theirs on share using (
    shared_by = tinhs.person_id()
    or holder_id = any (tinhs.subjects())
    or tinhs.kind() = 'job');

-- Why a revision takes the place of an issued one.
alter table revision add column amends_because text;
