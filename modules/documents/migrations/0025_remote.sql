-- A person may sign with a key that a provider keeps (CSC API v2): then the certificate is one of a
-- public authority, and the session waits for what the person says to the provider.
alter table certificate
    add column provider text,
    add column credential text,
    add column algorithm text not null default 'ES256'
        check (algorithm in ('ES256', 'PS256', 'RS256')),
    -- The authority of the trust store that has issued it.
    add column above bytea,
    add column signatures_max integer not null default 50,
    add check ((provider is null) = (credential is null) and (provider is null) = (above is null));

-- What the provider said of somebody who asked which keys they have there; null until it has.
alter table enrolment
    add column provider text,
    add column outcome text check (outcome in ('found', 'none', 'away'));

alter table signing_session
    add column provider text,
    -- The name that the request has at the provider.
    add column provider_ref text,
    add column state text
        check (state in ('waiting', 'finalised', 'rejected', 'failed', 'expired', 'cancelled')),
    -- Why it failed: a slug of ours, never words of the provider's.
    add column reason text,
    -- Each answer of the provider is a turn, so that none counts twice.
    add column turn integer not null default 0,
    add check ((provider is null) = (state is null));

create unique index session_by_provider_ref on signing_session (provider, provider_ref)
    where provider_ref is not null;
