-- As in 0010, for what the house knows of officers: whoever can name a table sees no row of it.
do $$
declare
    name text;
begin
    foreach name in array array['staff', 'staff_role', 'staff_area', 'console_session'] loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format(
            'create policy signing_in on %I to tinhs_auth, tinhs_mod_identity using (true)', name);
    end loop;
end
$$;

-- The worker forgets consoles that closed a month ago; it reads nothing but when.
create index console_session_by_end on console_session (expires_at);
grant select (hash, expires_at), delete on console_session to tinhs_job;
create policy sweeping on console_session to tinhs_job using (true);
