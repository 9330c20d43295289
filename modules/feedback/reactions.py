"""What the module does about what others tell."""

from typing import Final

from backend.kernel import Transaction, on
from contracts import feedback as events
from contracts.calendar import YearConfirmed
from contracts.feedback import ReportFiled
from contracts.files import FileStore
from contracts.identity import AgencyReorganised
from contracts.territory import AgencyRegister
from modules.feedback.service import (
    duplicates,
    following,
    inheriting,
    receipts,
    suspicion,
    sweeping,
    telling,
)


async def _confirm(tx: Transaction, confirmed: YearConfirmed) -> None:
    await sweeping.confirm(tx, confirmed.year)


async def _fingerprint(tx: Transaction, came: ReportFiled | events.PhotosAdded) -> None:
    await duplicates.fingerprint(tx, came.report_id, store=tx.ask(FileStore))


async def _inherit(tx: Transaction, reorganised: AgencyReorganised) -> None:
    await inheriting.hand_over(tx, reorganised, agencies=tx.ask(AgencyRegister))


FINGERPRINT: Final = (
    on(ReportFiled, _fingerprint, name="feedback.fingerprint"),
    on(events.PhotosAdded, _fingerprint, name="feedback.fingerprint-late"),
)

JOIN: Final = (
    on(events.ReportMerged, duplicates.join_followers, name="feedback.join-followers"),
    on(events.ReportUnmerged, duplicates.part_followers, name="feedback.part-followers"),
)


async def _recount(tx: Transaction, published: events.ReportPublished) -> None:
    await following.recount(tx, published.report_id)


RECOUNT: Final = on(events.ReportPublished, _recount, name="feedback.recount")
"""What is public again has the followers that it had."""


async def _suspect(tx: Transaction, filed: ReportFiled) -> None:
    await suspicion.look(tx, filed.report_id)


SUSPECT: Final = on(ReportFiled, _suspect, name="feedback.suspect")

INHERIT: Final = on(AgencyReorganised, _inherit, name="feedback.inherit")

CONFIRM: Final = on(YearConfirmed, _confirm, name="feedback.confirm-deadlines")

TELL: Final = (
    on(events.ReportFiled, telling.of_filing, name="feedback.tell-filed"),
    on(events.ReportQuestioned, telling.of_question, name="feedback.tell-questioned"),
    on(events.ReportAnswered, telling.of_answer, name="feedback.tell-answered"),
    on(events.ReportAssigned, telling.of_assignment, name="feedback.tell-assigned"),
    on(events.ReportPlanned, telling.of_plan, name="feedback.tell-planned"),
    on(events.ReportExtended, telling.of_extension, name="feedback.tell-extended"),
    on(events.ReportResolved, telling.of_result, name="feedback.tell-resolved"),
    on(events.ReportDeclined, telling.of_declination, name="feedback.tell-declined"),
    on(events.ReportPublished, telling.of_publication, name="feedback.tell-published"),
    on(events.ReportHidden, telling.of_hiding, name="feedback.tell-hidden"),
    on(events.ReportReopened, telling.of_reopening, name="feedback.tell-reopened"),
    on(events.ReopeningRequested, telling.of_request, name="feedback.tell-requested"),
    on(events.ReopeningUndecided, telling.of_indecision, name="feedback.tell-undecided"),
    on(events.ReportReturned, telling.of_return, name="feedback.tell-returned"),
    on(events.ReturnRefused, telling.of_refused_return, name="feedback.tell-return-refused"),
    on(events.AssignmentUnaccepted, telling.of_silence, name="feedback.tell-unaccepted"),
    on(events.HandoverFailed, telling.of_failed_handover, name="feedback.tell-not-taken"),
    on(events.ReportMerged, telling.of_merge, name="feedback.tell-merged"),
    on(events.ReportUnmerged, telling.of_unmerge, name="feedback.tell-unmerged"),
    on(events.ReportDueSoon, telling.of_warning, name="feedback.tell-due-soon"),
    on(events.ReportOverdue, telling.of_delay, name="feedback.tell-overdue"),
    on(events.ReportEscalated, telling.of_escalation, name="feedback.tell-escalated"),
)
"""Whoever is concerned hears of it."""


async def _receipt_of_filing(tx: Transaction, filed: ReportFiled) -> None:
    await receipts.issue(tx, filed.report_id, 1)


async def _receipt_of_end(tx: Transaction, closed: events.ReportClosed) -> None:
    await receipts.issue(tx, closed.report_id, None)


RECEIPTS: Final = (
    on(ReportFiled, _receipt_of_filing, name="feedback.receipt-filed"),
    on(events.ReportClosed, _receipt_of_end, name="feedback.receipt-closed"),
)
"""What has come in, and how it ended, is signed for whoever filed it."""
