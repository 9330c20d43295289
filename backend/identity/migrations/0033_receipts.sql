-- What a provider of text messages says became of one.
alter table otp_challenge
    add column delivered_at timestamptz,
    add column undelivered_at timestamptz;

create index otp_challenge_by_ref on otp_challenge (provider, ref) where ref is not null;
