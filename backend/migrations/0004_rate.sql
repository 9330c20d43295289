-- What callers have used of their allowances (GCRA): the moment when nothing is owed any more.
-- Not logged: after a crash everybody starts afresh, which costs less than a disk write a call.
create unlogged table kernel.rate (
    key bytea primary key,
    owed_until timestamptz not null
) with (fillfactor = 70);

grant select, insert, update on kernel.rate to tinhs_rt, tinhs_auth;
grant select, delete on kernel.rate to tinhs_job;
