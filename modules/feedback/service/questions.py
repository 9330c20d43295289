"""Questions to the reporter: the deadline waits for the answer, but not for ever."""

from uuid import UUID

from backend.kernel import NotFound, Transaction
from contracts.calendar import WorkingCalendar
from contracts.feedback import ReportAnswered, ReportQuestioned
from modules.feedback.model.clocks import end_of
from modules.feedback.model.machines import Call, Who
from modules.feedback.model.reports import Inquiry, Reply, Report
from modules.feedback.repository import questions as repository
from modules.feedback.service import desk, filing, reading
from modules.feedback.service.moves import Words, make
from modules.feedback.service.projection import settle


async def ask(
    tx: Transaction,
    report_id: UUID,
    question: Inquiry,
    *,
    version: int,
    days: int,
    calendar: WorkingCalendar,
) -> Report:
    """Ask the reporter, who has so many working days to answer."""
    report = await desk.find(tx, report_id)
    proposal = question.inquiry_id
    if proposal is not None and not await repository.passed(tx, proposal, report_id):
        raise NotFound
    until = end_of(await calendar.add(tx.today, days))
    said = Words(text=question.text)
    await make(tx, report, Call.QUESTION, Who.MODERATOR, version=version, words=said)
    await repository.wait(tx, report_id, until)
    settled = await settle(tx, report)
    await tx.publish(ReportQuestioned(report_id=report_id, answer_due_at=until))
    return settled


async def answer(tx: Transaction, report_id: UUID, answer: Reply, *, version: int) -> None:
    """Answer, upon which the report goes on where it was."""
    report = await filing.find(tx, report_id)
    said = Words(text=answer.text)
    await make(tx, report, Call.ANSWER, Who.REPORTER, version=version, words=said)
    await settle(tx, report)
    await tx.publish(ReportAnswered(report_id=report_id))


async def give_up(tx: Transaction) -> None:
    """Let reports go on whose reporters were asked and did not answer in time."""
    while batch := await repository.unanswered(tx):
        for waiting in batch:
            report = await reading.report(tx, waiting.id)
            await make(tx, report, Call.SILENCE, Who.HOUSE, version=report.version)
            await settle(tx, report)
