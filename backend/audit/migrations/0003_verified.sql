-- That an auditor had the whole log looked through, and what was found: a sentence each, with the
-- first place at which it is not what was sealed.
create table verification (
    id uuid primary key,
    asked_by uuid not null,
    asked_at timestamptz not null,
    finished_at timestamptz,
    looks bigint,
    checkpoints bigint,
    first_bad bigint,
    findings text[] not null default '{}'
);

create index verification_newest on verification (asked_at desc);

grant select, insert on verification to tinhs_rt;
grant select, update on verification to tinhs_job;
