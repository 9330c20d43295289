"""A citizen's own reports, newest first."""

from typing import Final

from backend.kernel import Paged, Snapshot
from contracts.page import Page
from modules.feedback.model.queues import Mine
from modules.feedback.scopes import OWN

MINE: Final = Paged(
    Mine,
    """
    select report.id as report_id, report.code, report.version, report.category_code,
           report.category_version, report.state, report.state_at, report.received_at,
           report.commune_code, report_text.original,
           (select attachment.file_id
              from feedback.attachment
             where attachment.report_id = report.id
             order by attachment.seq, attachment.position
             limit 1) as file_id
      from (select report_id
              from feedback.reporter
             where {visible}
               and {after}
             order by report_id desc
             limit {limit}) as reporter
      join feedback.report on report.id = reporter.report_id
      join feedback.report_text on report_text.report_id = report.id
     order by report.id desc
    """,
    by=("report_id",),
    descending="desc",
    visible=OWN,
)


async def mine(snapshot: Snapshot, cursor: str | None, limit: int) -> Page[Mine]:
    return await snapshot.page(MINE, cursor, limit)
