-- What hangs on a report is written by jobs in sets. A job sees every report; asking that anew for
-- each row takes most of the time that a row takes.
alter policy of_report on report_text using (tinhs.kind() = 'job' or sees(report_id));
alter policy of_report on routing using (tinhs.kind() = 'job' or sees(report_id));
alter policy of_report on attachment using (tinhs.kind() = 'job' or sees(report_id));
alter policy of_report on publication using (tinhs.kind() = 'job' or sees(report_id));
alter policy of_report on event using (tinhs.kind() = 'job' or sees(report_id));
alter policy of_report on event_salt using (tinhs.kind() = 'job' or sees(report_id));
alter policy of_report on public_report using (tinhs.kind() = 'job' or sees(report_id));
alter policy of_report on receipt using (tinhs.kind() = 'job' or sees(report_id));

-- A block range index leaves out what is not summarised yet, which is whatever came since the last
-- vacuum: the days that are counted every ten minutes. A tree has them at once.
drop index event_by_day;
create index event_by_day on event (at);
