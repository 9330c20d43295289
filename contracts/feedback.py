"""What became of citizens' reports: facts that other modules may hear of.

Ids and codes only. Who reported, what was written and where exactly stay in the feedback module.
"""

from datetime import date, datetime
from typing import ClassVar, Literal
from uuid import UUID

from contracts.event import Event


class ReportFiled(Event, frozen=True, kw_only=True, tag="feedback.report-filed.v1"):
    """Somebody reported that something is wrong in a commune."""

    about: ClassVar[str] = "report_id"

    report_id: UUID
    category: str
    """Code of the category, such as `roads`."""
    commune_code: str
    """As it stood on the day of `filed_at`."""
    filed_at: datetime


class ReportPublished(Event, frozen=True, kw_only=True, tag="feedback.report-published.v1"):
    """Everybody may now see the report, without its reporter, as `code`."""

    about: ClassVar[str] = "report_id"

    report_id: UUID
    code: str
    category: str
    commune_code: str


class ReportHidden(Event, frozen=True, kw_only=True, tag="feedback.report-hidden.v1"):
    """The report that everybody could see is not public any more: forget copies of it."""

    about: ClassVar[str] = "report_id"

    report_id: UUID
    code: str


class ReportAssigned(Event, frozen=True, kw_only=True, tag="feedback.report-assigned.v1"):
    """The desk gave the report to an agency to deal with."""

    about: ClassVar[str] = "report_id"

    report_id: UUID
    assignment_id: UUID
    agency_id: UUID
    commune_code: str


class ReportPlanned(Event, frozen=True, kw_only=True, tag="feedback.report-planned.v1"):
    """The agency said on which day it means to deal with the report."""

    about: ClassVar[str] = "report_id"

    report_id: UUID
    planned_for: date


class ReportResolved(Event, frozen=True, kw_only=True, tag="feedback.report-resolved.v1"):
    """The desk approved what the agency did about the report."""

    about: ClassVar[str] = "report_id"

    report_id: UUID
    agency_id: UUID


class ReportDeclined(Event, frozen=True, kw_only=True, tag="feedback.report-declined.v1"):
    """The desk will not deal with the report, and told its reporter why."""

    about: ClassVar[str] = "report_id"

    report_id: UUID
    reason: str
    """One of the codes that the declination knows, such as `not-competent`."""


class ReportWithdrawn(Event, frozen=True, kw_only=True, tag="feedback.report-withdrawn.v1"):
    """The reporter took the report back."""

    about: ClassVar[str] = "report_id"

    report_id: UUID


ClockName = Literal["triage", "handling"]
"""Until a report is given to somebody; until it is dealt with."""


class ReportDueSoon(Event, frozen=True, kw_only=True, tag="feedback.report-due-soon.v1"):
    """Three quarters of the time are gone. Told once for each clock."""

    about: ClassVar[str] = "report_id"

    report_id: UUID
    cycle: int
    """1, and one more each time the report was reopened."""
    clock: ClockName
    agency_id: UUID | None
    """Who has the report; nobody but the desk while it is null."""
    due_at: datetime


class ReportOverdue(Event, frozen=True, kw_only=True, tag="feedback.report-overdue.v1"):
    """The deadline has passed: for whoever has the report, and their head."""

    about: ClassVar[str] = "report_id"

    report_id: UUID
    cycle: int
    clock: ClockName
    agency_id: UUID | None
    due_at: datetime


class ReportEscalated(Event, frozen=True, kw_only=True, tag="feedback.report-escalated.v1"):
    """The deadline passed days ago: for the head of the desk (2), the province office (3)."""

    about: ClassVar[str] = "report_id"

    report_id: UUID
    cycle: int
    clock: ClockName
    agency_id: UUID | None
    due_at: datetime
    level: int


class ReportExtended(Event, frozen=True, kw_only=True, tag="feedback.report-extended.v1"):
    """The desk gave the agency more time."""

    about: ClassVar[str] = "report_id"

    report_id: UUID
    due_before: datetime
    due_after: datetime


class DeadlineConfirmed(Event, frozen=True, kw_only=True, tag="feedback.deadline-confirmed.v1"):
    """Days off were announced, and a provisional deadline was counted again."""

    about: ClassVar[str] = "report_id"

    report_id: UUID
    cycle: int
    clock: ClockName
    due_before: datetime
    due_after: datetime


class PhotosAdded(Event, frozen=True, kw_only=True, tag="feedback.photos-added.v1"):
    """Photos that were announced with the report have come."""

    about: ClassVar[str] = "report_id"

    report_id: UUID


class ReportQuestioned(Event, frozen=True, kw_only=True, tag="feedback.report-questioned.v1"):
    """The desk asked the reporter something; until the answer the deadline waits."""

    about: ClassVar[str] = "report_id"

    report_id: UUID
    answer_due_at: datetime
    """Afterwards the report goes on without the answer."""


class ReportAnswered(Event, frozen=True, kw_only=True, tag="feedback.report-answered.v1"):
    """The reporter answered."""

    about: ClassVar[str] = "report_id"

    report_id: UUID


class AssignmentUnaccepted(Event, frozen=True, kw_only=True, tag="feedback.unaccepted.v1"):
    """An agency was given a report and has not accepted it in time. Told once."""

    about: ClassVar[str] = "report_id"

    report_id: UUID
    assignment_id: UUID
    agency_id: UUID
    commune_code: str


class HandoverFailed(Event, frozen=True, kw_only=True, tag="feedback.handover-failed.v1"):
    """A system of an agency has not taken a report, or not its recall: a person has to look."""

    about: ClassVar[str] = "report_id"

    report_id: UUID
    handover_id: UUID
    agency_id: UUID
    turn: int
    """Rises with each retry, so that each failure is told."""


class ReportReturned(Event, frozen=True, kw_only=True, tag="feedback.report-returned.v1"):
    """An agency gave the report back to the desk; its head should know."""

    about: ClassVar[str] = "report_id"

    report_id: UUID
    agency_id: UUID
    returns: int
    """How often it has come back; after two it cannot be given back again."""


class ReturnRefused(Event, frozen=True, kw_only=True, tag="feedback.return-refused.v1"):
    """An agency wanted to give the report back a third time, and has to keep it; its head should
    know.
    """

    about: ClassVar[str] = "report_id"

    report_id: UUID
    agency_id: UUID


class ReportRated(Event, frozen=True, kw_only=True, tag="feedback.report-rated.v1"):
    """The reporter said how it went; another opinion of the same cycle replaces this one."""

    about: ClassVar[str] = "report_id"

    report_id: UUID
    cycle: int
    value: int
    """1 not satisfied, 2 acceptable, 3 satisfied."""


class ReopeningRequested(Event, frozen=True, kw_only=True, tag="feedback.reopening-requested.v1"):
    """The reporter asks that the report be dealt with again; the desk decides by then."""

    about: ClassVar[str] = "report_id"

    report_id: UUID
    decide_by: datetime


class ReopeningUndecided(Event, frozen=True, kw_only=True, tag="feedback.reopening-undecided.v1"):
    """The desk did not decide in time, and nobody knows to which agency the report would go."""

    about: ClassVar[str] = "report_id"

    report_id: UUID
    commune_code: str


class ReportReopened(Event, frozen=True, kw_only=True, tag="feedback.report-reopened.v1"):
    """The report is dealt with again: the desk said so, or did not answer in time."""

    about: ClassVar[str] = "report_id"

    report_id: UUID
    cycle: int


class ReportClosed(Event, frozen=True, kw_only=True, tag="feedback.report-closed.v1"):
    """The report is over for good; later trouble is a new report."""

    about: ClassVar[str] = "report_id"

    report_id: UUID


class ReportMerged(Event, frozen=True, kw_only=True, tag="feedback.report-merged.v1"):
    """The report was found to be the same as another one, which is dealt with for both."""

    about: ClassVar[str] = "report_id"

    report_id: UUID
    canonical_id: UUID


class ReportUnmerged(Event, frozen=True, kw_only=True, tag="feedback.report-unmerged.v1"):
    """The report is a report of its own again, as it was before."""

    about: ClassVar[str] = "report_id"

    report_id: UUID
    canonical_id: UUID


class MessageSent(Event, frozen=True, kw_only=True, tag="feedback.message-sent.v1"):
    """One of the parts said something to the others; it moves nothing."""

    about: ClassVar[str] = "report_id"

    report_id: UUID
    side: str
    """`reporter`, `desk` or `agency`."""


class ReportAnonymised(Event, frozen=True, kw_only=True, tag="feedback.report-anonymised.v1"):
    """Less of a report that is over is kept from now on."""

    about: ClassVar[str] = "report_id"

    report_id: UUID
    kept: int
    """2 without marks of device and address, 1 without its reporter, 0 without words and photos."""
