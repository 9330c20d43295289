-- What authorities outside said of the certificates on which our documents rest, such as those of
-- timestamp authorities: asked once until it ends, and put into every document meanwhile.
create table revocation_cache (
    certificate_sha256 bytea primary key check (length(certificate_sha256) = 32),
    kind text not null check (kind in ('ocsp', 'crl')),
    raw bytea not null check (length(raw) <= 262144),
    this_update timestamptz not null,
    next_update timestamptz not null,
    revoked_at timestamptz,
    fetched_at timestamptz not null
);
