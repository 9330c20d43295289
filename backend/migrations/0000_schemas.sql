-- Extensions live apart, so that a search path can name them and nothing else.
create schema ext;
grant usage on schema ext to public;
create extension unaccent schema ext;
create extension pg_trgm schema ext;
create extension btree_gist schema ext;

-- Who is asking, as the policies of every module see it.
create schema tinhs;
grant usage on schema tinhs to tinhs_rt, tinhs_auth, tinhs_job;
