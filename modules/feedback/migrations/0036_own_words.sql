-- Where a reporter wrote their own name: in the report (the number of its event), its address, an
-- answer (`answer:<code>`) or a message (its id). Places alone, in code points; agencies and the
-- public read them masked. `name_marks` finds the name in what is written later: keyed digests, each
-- after one byte that counts its words, forgotten with the reporter.
create table own_word (
    report_id uuid not null references report,
    about text not null,
    first integer not null check (first >= 0),
    last integer not null check (last > first),
    primary key (report_id, about, first)
);

alter table own_word enable row level security;
alter table own_word force row level security;
create policy of_report on own_word using (tinhs.kind() = 'job' or sees(report_id));

alter table reporter add column name_marks bytea[] not null default '{}';
