-- A key for each thing that is one day forgotten as a whole, wrapped by one that lies in the store
-- of keys. An id and some noise: no row leads to a person.
create table data_key (
    thing_id uuid primary key,
    wrapped bytea,
    destroyed_at timestamptz,
    check ((wrapped is null) = (destroyed_at is not null))
);

-- That there was one, and that it is destroyed, is remembered: nothing is sealed for it again.
revoke delete on data_key from tinhs_rt, tinhs_job;
