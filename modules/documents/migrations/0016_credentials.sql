-- Where the status of each credential is told: hashes and numbers, no word of anybody, so that a
-- registrar who stops the document stops what was derived from it, without seeing either.
create table credential (
    id uuid primary key,
    document_id uuid not null,
    rev smallint not null,
    -- A share's, which ends with it; otherwise the holder keeps it.
    share_id uuid unique,
    list integer not null references status_list,
    place integer not null,
    -- Of the issuer's part, which stays the same whatever is disclosed; the log knows it by this.
    sha256 bytea not null unique check (length(sha256) = 32),
    issued_at timestamptz not null,
    expires_at timestamptz not null,
    withdrawn_at timestamptz,
    unique (list, place)
);

create index credential_by_document on credential (document_id, expires_at);

revoke delete on credential from tinhs_rt, tinhs_job;
