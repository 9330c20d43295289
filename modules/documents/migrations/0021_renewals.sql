-- Archival timestamps: over the log as it stood, and over those before. Nothing is ever changed.
create table evidence_record (
    number integer primary key check (number >= 0),
    -- What was stamped: a checkpoint of so many entries, and the hash of the record before.
    size bigint not null references checkpoint,
    stamped bytea not null,
    tokens bytea[] not null check (cardinality(tokens) between 1 and 8),
    made_at timestamptz not null,
    good_until timestamptz not null
);

revoke update, delete on evidence_record from tinhs_rt, tinhs_job;
