-- A report may wait for its reporter, and goes back to where it was asked from.
alter table report
    drop constraint report_state_check,
    add constraint report_state_check check (state in (
        'received', 'in_review', 'needs_info', 'with_agency', 'awaiting_approval',
        'resolved', 'declined', 'withdrawn')),
    add column asked_from text check (asked_from in ('received', 'in_review', 'with_agency')),
    add column answer_due_at timestamptz,
    add constraint report_asked_from_somewhere
        check ((state = 'needs_info') = (asked_from is not null));

create index report_unanswered on report (answer_due_at, id) where state = 'needs_info';

drop index report_open;
create index report_open on report (received_at, id)
    where state in ('received', 'in_review', 'needs_info', 'with_agency', 'awaiting_approval');
drop index report_open_by_commune;
create index report_open_by_commune on report (commune_code, received_at, id)
    where state in ('received', 'in_review', 'needs_info', 'with_agency', 'awaiting_approval');
