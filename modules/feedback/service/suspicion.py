"""Looking for abuse in what has come in, after it was taken: no report waits for it or is lost."""

from datetime import timedelta
from uuid import UUID

from backend.kernel import Transaction, folded
from modules.feedback.model.suspicion import (
    SAME_DAYS,
    SAME_WORDS,
    UNTRUE,
    UNTRUE_DAYS,
    UNTRUE_REASONS,
    Flag,
    has_link,
)
from modules.feedback.repository import reports
from modules.feedback.repository import suspicion as repository
from modules.feedback.service import categories, reading


async def look(tx: Transaction, report_id: UUID) -> None:
    """Note what is suspect about a report. What is urgent keeps its place all the same."""
    report = await reading.report(tx, report_id)
    text = await reports.text(tx, report_id)
    before = await repository.words(tx, report, report.received_at - timedelta(days=SAME_DAYS))
    since = report.received_at - timedelta(days=UNTRUE_DAYS)
    flags: list[Flag] = []
    if sum(folded(each) == folded(text) for each in before) >= SAME_WORDS:
        flags.append("repeated")
    if has_link(text):
        flags.append("links")
    if await repository.untrue(tx, report, since, UNTRUE_REASONS) >= UNTRUE:
        flags.append("false-reports")
    if flags:
        category = await categories.of(tx, report)
        is_read_last = category.deadline_class != "urgent"
        await repository.flag(tx, report, flags, is_read_last=is_read_last)
