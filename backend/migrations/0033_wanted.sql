-- A million records are issued in a summer, and who waits for a contract need not be woken for each:
-- a subscription may name a field of the event, and what has to stand there. A process of the last
-- release wakes everybody, as it did, and those who were woken in vain go back to sleep.
alter table kernel.subscription
    add column field text,
    add column among text[] not null default '{}';
