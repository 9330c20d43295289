"""What is looked at in the database to see whether a life of a report keeps its promises."""

KEPT = """
    select report.state, report.version, report.cycle, clock.cycle, clock.kind, clock.due_at,
           clock.original_due_at, clock.paused_at, clock.stopped_at
      from feedback.report
      join feedback.clock on clock.report_id = report.id
     where report.id = $1
     order by clock.cycle, clock.kind
"""
STANDS = """
    select report.state, report.version, report.cycle, report.reopenings, report.returns,
           report.canonical_id, canonical.state as canonical_state, report_text.original,
           publication.state as publication, public_report.state as shown, public_report.body,
           public_report.lat,
           exists (select from feedback.assignment
                    where assignment.report_id = report.id
                      and assignment.state in ('offered', 'accepted', 'working', 'done')) as works
      from feedback.report
      join feedback.report_text on report_text.report_id = report.id
      join feedback.publication on publication.report_id = report.id
      left join feedback.public_report on public_report.report_id = report.id
      left join feedback.report as canonical on canonical.id = report.canonical_id
     where report.id = $1
"""
COUNTED = """
    select followers, objections,
           (select count(*) from feedback.follower where report_id = $1) as following
      from feedback.public_report
     where report_id = $1
"""
LEDGER = """
    select cause, due_before, due_after
      from feedback.due_change
     where report_id = $1 and cycle = $2 and kind = $3
     order by seq
"""
INQUIRIES = "select cycle, count(*) as n from feedback.inquiry where report_id = $1 group by cycle"
LEADS = """
    select cycle, state
      from feedback.assignment
     where report_id = $1 and role = 'lead' and state not in ('returned', 'cancelled')
"""
