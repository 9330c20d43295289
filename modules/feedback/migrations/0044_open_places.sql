-- Where something may be reported twice: of all that was ever reported in a place, what is open or
-- just mended.
create index public_report_open_by_place on public_report using gist (xy)
    where state in ('received', 'in_review', 'needs_info', 'with_agency', 'awaiting_approval',
                    'reopen_requested', 'resolved');
