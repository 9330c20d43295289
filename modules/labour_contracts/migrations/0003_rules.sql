-- What the law limits between the same two: who employs (by tax code), and from when to when for a
-- fixed term; and what both sides are warned of, by place and code and never by what stands there.
alter table contract
    add column tax_code text,
    add column fixed_from date,
    add column fixed_to date,
    add column warnings jsonb not null default '[]';

create index contract_of_employee_fixed on contract (employee_id, tax_code)
    where fixed_from is not null;

-- Whoever signs for an employer today sees no contract that somebody else has signed for it; these
-- days are all that the law asks of those.
create policy counted on contract for select to tinhs_mod_labour_contracts using (true);

create function fixed_terms(employee uuid, employer text, but uuid)
    returns table (first_day date, last_day date)
    language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select fixed_from, coalesce(ended_on, fixed_to)
      from labour_contracts.contract
     where employee_id = employee
       and tax_code = employer
       and signed_at is not null
       and fixed_from is not null
       and document_id <> but
     limit 50
$$;

revoke execute on function fixed_terms from public;
grant execute on function fixed_terms to tinhs_rt, tinhs_job;
