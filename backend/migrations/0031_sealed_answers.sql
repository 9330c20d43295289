-- Answers are kept sealed from now on, with a key that only whoever sends the request again can
-- bring. What was kept in clear goes; a request that is sent again across this change is done anew.
delete from kernel.idempotency;
