-- The second wall. Even a statement that forgets its condition shows nobody what is not theirs: a
-- report belongs to its reporter, to the officers of its commune and to the agency it was given to.
-- Coarser than the rules of the scopes, never narrower. `reporter` refers to no other table and
-- `assignment` only to `reporter`, so no policy waits for itself. Whose row it is is asked for only
-- when a citizen asks, and by person: else a plan might read every reporter there is.
alter table reporter enable row level security;
alter table reporter force row level security;
create policy theirs on reporter
    using (person_id = any (tinhs.subjects()) or tinhs.kind() = 'job');

alter table assignment enable row level security;
alter table assignment force row level security;
create policy theirs on assignment
    using (
        tinhs.kind() = 'job'
        or tinhs.covers(area_code)
        or owner_agency_id = any (tinhs.agencies())
        or tinhs.kind() = 'citizen' and exists (
            select from reporter
             where reporter.report_id = assignment.report_id
               and reporter.person_id = any (tinhs.subjects())));

alter table report enable row level security;
alter table report force row level security;
create policy theirs on report
    using (
        tinhs.kind() = 'job'
        or tinhs.covers(commune_code)
        or tinhs.kind() = 'citizen' and exists (
            select from reporter
             where reporter.report_id = report.id
               and reporter.person_id = any (tinhs.subjects()))
        or tinhs.kind() = 'staff' and exists (
            select from assignment
             where assignment.report_id = report.id
               and assignment.owner_agency_id = any (tinhs.agencies())));

-- What hangs on a report is seen by whoever sees the report. A function keeps its plan for the life
-- of a connection; written out, the policy of the report would be planned anew in every statement,
-- once for each of these tables.
create function sees(report_id uuid) returns boolean
    language plpgsql stable parallel safe
as $$
begin
    return exists (select from feedback.report where report.id = report_id);
end
$$;

alter table report_text enable row level security;
alter table report_text force row level security;
create policy of_report on report_text using (sees(report_id));

alter table routing enable row level security;
alter table routing force row level security;
create policy of_report on routing using (sees(report_id));

alter table attachment enable row level security;
alter table attachment force row level security;
create policy of_report on attachment using (sees(report_id));

alter table publication enable row level security;
alter table publication force row level security;
create policy of_report on publication using (sees(report_id));

alter table event enable row level security;
alter table event force row level security;
create policy of_report on event using (sees(report_id));

alter table event_salt enable row level security;
alter table event_salt force row level security;
create policy of_report on event_salt using (sees(report_id));

-- Everybody reads what is public; only whoever sees the report itself makes it so.
alter table public_report enable row level security;
alter table public_report force row level security;
create policy everybody on public_report for select using (true);
create policy of_report on public_report using (sees(report_id));
