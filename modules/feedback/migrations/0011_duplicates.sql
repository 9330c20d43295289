-- Reports of the same thing. `xy` is (lat, lon) in metres of Web Mercator, computed here so that no
-- process can forget it; a process of the last release writes it without knowing.
alter table report
    add column xy point generated always as (
        case when lat is not null then
            point(6378137 * radians(lon), 6378137 * ln(tan(pi() / 4 + radians(lat) / 2)))
        end) stored;

create index report_by_place on report using gist (xy)
    where state in ('received', 'in_review', 'needs_info', 'with_agency', 'awaiting_approval',
                    'reopen_requested', 'resolved');

-- Eight times eight differences of brightness: alike for photos that look alike.
alter table attachment add column dhash bigint;
alter table public_report add column dhashes bigint[] not null default '{}';

-- One report that was found to be another: what it was before, so that it can be that again.
create table merge (
    id uuid primary key,
    child_id uuid not null references report,
    canonical_id uuid not null references report,
    score real,
    snapshot jsonb not null,
    merged_at timestamptz not null,
    undone_at timestamptz,
    check (child_id <> canonical_id)
);

create unique index merge_in_force on merge (child_id) where undone_at is null;
create index merge_by_canonical on merge (canonical_id);

revoke delete on merge from tinhs_rt, tinhs_job;

alter table merge enable row level security;
alter table merge force row level security;
create policy of_report on merge
    using (tinhs.kind() = 'job' or sees(child_id) or sees(canonical_id));
