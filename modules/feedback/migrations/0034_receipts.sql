-- What the house has signed about a report: when it was filed, and when it was closed. `payload` is
-- what was signed, byte for byte; the salt of its content lies in `event_salt` and may be erased.
create table receipt (
    report_id uuid not null references report,
    seq integer not null,
    payload bytea not null,
    jws text not null,
    made_at timestamptz not null,
    primary key (report_id, seq)
);

alter table receipt enable row level security;
alter table receipt force row level security;
create policy of_report on receipt using (sees(report_id));
