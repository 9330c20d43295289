-- Whether this partner may read of somebody for the purpose that it names, now. Consent is asked of
-- the ledger at each row, so that a withdrawal holds from the next request on. The ledger is
-- identity's, whose migrations run later: hence a body that is not looked at before it is called.
create function tinhs.consented(subject uuid) returns boolean
    language plpgsql stable
as $$
begin
    return tinhs.kind() = 'partner' and tinhs.purpose() is not null and identity.consented(
        subject, tinhs.purpose(), tinhs.client_id(),
        nullif(current_setting('tinhs.moment', true), '')::timestamptz);
end
$$;
