-- Numbers that others have given an issued document after it was signed, by the hash of its content
-- and of nothing else: no person, no document. The log holds a hash of each with its salt.
create table external_id (
    entry_id uuid primary key,
    content_sha256 bytea not null,
    name text not null,
    salt text not null,
    value text not null,
    unique (content_sha256, name)
);

revoke update, delete on external_id from tinhs_rt, tinhs_job;
