"""More time for an agency, and another class: decided by the desk, read by the reporter."""

from uuid import UUID

from backend.kernel import NotFound, Transaction
from contracts.feedback import ReportExtended
from modules.feedback.errors import FourEyes, LimitReached, WindowOver
from modules.feedback.model.clocks import Clock
from modules.feedback.model.machines import Call, Who, after
from modules.feedback.model.reports import (
    ExtensionDecision,
    ExtensionRequest,
    Reclassification,
    Report,
)
from modules.feedback.repository import clocks as repository
from modules.feedback.repository import extensions
from modules.feedback.service import clocks, desk, work
from modules.feedback.service.moves import Words, make, not_from_here
from modules.feedback.service.projection import settle


async def ask(
    tx: Transaction,
    report_id: UUID,
    request: ExtensionRequest,
    *,
    version: int,
) -> Report:
    """Ask for more time, once a cycle and before it is due.

    Raises `WindowOver`, or `LimitReached` for a second request, an urgent report, and more days
    than the longest class has.
    """
    report = await work.find(tx, report_id)
    clock = await _clock(tx, report, Call.EXTENSION, Who.AGENCY)
    if tx.now > clock.due_at:
        raise WindowOver
    most = await clocks.extension_max(tx, clock)
    if request.days > most:
        raise LimitReached(most=most)
    said = Words(text=request.text, codes=(str(request.days),))
    await make(tx, report, Call.EXTENSION, Who.AGENCY, version=version, words=said)
    if not await extensions.ask(tx, report_id, clock.cycle, request.days):
        raise LimitReached(most=1)
    return await settle(tx, report)


async def decide(
    tx: Transaction,
    report_id: UUID,
    extension_id: UUID,
    decision: ExtensionDecision,
    *,
    version: int,
) -> Report:
    """Grant or refuse what was asked for.

    Raises `NotFound` when it is not open any more, and `FourEyes` for whoever asked for it.
    """
    report = await desk.find(tx, report_id)
    asked = await extensions.asked(tx, report_id)
    if asked is None or asked.id != extension_id:
        raise NotFound
    before = await _clock(tx, report, Call.EXTENSION_DECISION, Who.MODERATOR)
    granted = decision.decision == "granted"
    if granted and await extensions.asked_by(tx, extension_id) == tx.principal.staff_id:
        raise FourEyes
    after_it = await clocks.extend(tx, before, asked.days) if granted else before
    dates = (before.due_at.isoformat(), after_it.due_at.isoformat())
    said = Words(text=decision.text, codes=(decision.decision, str(asked.days), *dates))
    call = Call.EXTENSION_DECISION
    await make(tx, report, call, Who.MODERATOR, version=version, words=said)
    await extensions.decide(tx, extension_id, granted=granted)
    if granted:
        await tx.publish(
            ReportExtended(report_id=report_id, due_before=before.due_at, due_after=after_it.due_at)
        )
    return await settle(tx, report)


async def reclassify(
    tx: Transaction, report_id: UUID, wanted: Reclassification, *, version: int
) -> Report:
    """Count the deadline by another class; what was promised first stays."""
    report = await desk.find(tx, report_id)
    before = await _clock(tx, report, Call.CLASS, Who.MODERATOR)
    after_it = await clocks.reclassify(tx, before, wanted.deadline_class)
    dates = (before.due_at.isoformat(), after_it.due_at.isoformat())
    codes = (before.deadline_class, wanted.deadline_class, *dates)
    said = Words(text=wanted.text, codes=codes)
    await make(tx, report, Call.CLASS, Who.MODERATOR, version=version, words=said)
    return await settle(tx, report)


async def _clock(tx: Transaction, report: Report, call: Call, who: Who) -> Clock:
    clock = await repository.find(tx, report.id)
    if clock is None or after(report.standing, call) is None:
        raise not_from_here(report, who)
    return clock
