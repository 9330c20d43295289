-- Addresses of blank forms that records name, and what came of asking for them.
create table form_fetch (
    url text primary key check (length(url) <= 2000),
    form_code text references form on delete set null,
    outcome text not null check (
        outcome in ('kept', 'missing', 'refused', 'not-a-form', 'away')
    ),
    asked_at timestamptz not null,
    failures integer not null default 0
);
create index fetch_by_age on form_fetch (asked_at);
