-- Routes of identity that change its tables work as the sign-in role, and keep their answers like
-- any other route: whoever may keep one may also know the caller.
grant select, insert, update on kernel.idempotency to tinhs_auth;
