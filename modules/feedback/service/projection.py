"""What everybody may see of a report, written anew whenever the report moves."""

from backend.kernel import Snapshot, Transaction
from contracts.feedback import ReportHidden, ReportPublished
from modules.feedback.model.machines import PublicationState, ReportState
from modules.feedback.model.projection import Sources, projection
from modules.feedback.model.queues import Projected
from modules.feedback.model.reports import Report
from modules.feedback.repository import history, moderation, reports
from modules.feedback.repository import public as repository
from modules.feedback.service import categories, clocks, reading


async def settle(tx: Transaction, before: Report) -> Report:
    """Bring the public copy to where the report stands now, and return the report.

    Tells the house when a report has become public, or is not any more.
    """
    report = await reading.report(tx, before.id)
    if is_shown(report):
        await repository.project(tx, await projected(tx, report))
        if not is_shown(before):
            await tx.publish(
                ReportPublished(
                    report_id=report.id,
                    code=report.code,
                    category=report.category_code,
                    commune_code=report.commune_code,
                )
            )
    elif is_shown(before):
        await repository.remove(tx, report.id)
        await tx.publish(ReportHidden(report_id=report.id, code=report.code))
    return report


def is_shown(report: Report) -> bool:
    """Tell whether everybody sees a report: one that is another's is shown as that one."""
    return (
        report.publication is PublicationState.PUBLIC and report.state is not ReportState.DUPLICATE
    )


async def projected(snapshot: Snapshot, report: Report) -> Projected:
    """Return the public copy of a report as it would be written now."""
    sources = Sources(
        text=await reports.text(snapshot, report.id),
        said=await history.said(snapshot, report.id),
        attachments=await reports.attachments(snapshot, report.id),
        decided=await moderation.decided(snapshot, report.id),
        deadline=await clocks.deadline(snapshot, report.id),
    )
    return projection(report, await categories.of(snapshot, report), sources)
