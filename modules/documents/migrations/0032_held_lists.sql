-- The list itself, where it is small: it goes into every document that rests on it. Empty for lists
-- that are larger, and for those of before until they are read again.
alter table foreign_list
    add column raw bytea check (length(raw) <= 262144);
