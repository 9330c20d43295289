-- A proof says nothing of the body, so what a refused request proved could be sent again with
-- another one. It is noted beside the refusal, in a statement of its own: the transaction that would
-- have noted it is rolled back, or was never begun.
create function spend_proof(proof bytea, moment timestamptz) returns void
    language sql security definer set search_path = pg_catalog, pg_temp
as $$
    insert into identity.replay (kind, hash, expires_at)
    values ('dpop', proof, moment + interval '15 minutes')
    on conflict do nothing
$$;

revoke execute on function spend_proof from public;
grant execute on function spend_proof to tinhs_rt, tinhs_auth;
