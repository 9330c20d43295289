-- An authority that one of the trust store has certified leads to it: it counts as far as that one
-- does, and is kept with the list of those whom it has revoked itself.
alter table trust_anchor
    add column below bytea references trust_anchor;
