-- Processes read an index of tens of megabytes piece by piece. Compressed, each piece would cost
-- the whole; rows that are there already stay as they are until the next index is built.
alter table search_index alter column content set storage external;
