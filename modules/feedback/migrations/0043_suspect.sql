-- What looks like abuse is read last, and never lost: its clock runs like every other. Why it looks so
-- stays for whoever decides; whoever claims it has it in the order of all again.
alter table report
    add column flags text[] not null default '{}'
        check (flags <@ array['repeated', 'links', 'false-reports']),
    add column suspect boolean not null default false check (not suspect or flags <> '{}');

-- The queue, in the order in which it is read.
create index report_queue on report (suspect, received_at, id)
    where state in ('received', 'in_review', 'needs_info', 'with_agency', 'awaiting_approval',
                    'reopen_requested');
create index report_queue_by_commune on report (commune_code, suspect, received_at, id)
    where state in ('received', 'in_review', 'needs_info', 'with_agency', 'awaiting_approval',
                    'reopen_requested');
drop index report_open;
drop index report_open_by_commune;

-- What one device has sent, as what one account has.
create index reporter_by_device on reporter (device_mac, report_id) where device_mac is not null;
