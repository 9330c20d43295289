-- Whoever asks for more time in the name of an agency may be a moderator too, in a small ward, and is
-- not to grant it. Requests of before, and those of processes of the last release, have nobody here.
alter table extension
    add column asked_by uuid,
    add column decided_by uuid;
