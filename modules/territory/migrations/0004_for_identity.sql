-- Identity asks which agencies and communes there are when an officer is given work there, on its
-- own connection. All of this is public.
grant usage on schema territory to tinhs_auth;
grant select on all tables in schema territory to tinhs_auth;
alter default privileges in schema territory grant select on tables to tinhs_auth;
