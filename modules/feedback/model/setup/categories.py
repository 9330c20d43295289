"""Categories as administrators write them, and what a new version would do."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from backend.kernel import Line, Prose, composed
from modules.feedback.model.categories import CategoryCode, DeadlineClass, Evidence, Version
from modules.feedback.model.places import CommuneCode, Precision
from modules.feedback.model.reports import WORDS_MIN, Reasoning, worded
from modules.feedback.model.setup.questions import (
    QUESTIONS_MAX,
    Question,
    ShownQuestion,
    require_order,
)


class CategoryDraft(msgspec.Struct, frozen=True, kw_only=True):
    """The next version of a category, in force from a day on. Reports keep the one they have."""

    group: CategoryCode | None = None
    """Of a category that is new; the others stay in theirs."""
    label_vi: Line
    label_en: Line
    help_vi: Prose
    help_en: Prose
    precision: Precision
    publishable: bool
    anonymous: bool = True
    evidence: Evidence
    deadline_class: DeadlineClass = "normal"
    emergency_notice_vi: Prose | None = None
    emergency_notice_en: Prose | None = None
    questions: Annotated[tuple[Question, ...], Meta(max_length=QUESTIONS_MAX)] = ()
    valid_from: date
    """Today or later."""
    reason: Reasoning

    def __post_init__(self) -> None:
        worded(self, self.reason, WORDS_MIN)
        composed(self)
        if (self.emergency_notice_vi is None) != (self.emergency_notice_en is None):
            raise ValueError("emergency_notice_en")
        require_order(self.questions)


class CategoryEnd(msgspec.Struct, frozen=True, kw_only=True):
    """The first day on which nobody may report under a category any more, and why."""

    on: date
    reason: Reasoning

    def __post_init__(self) -> None:
        worded(self, self.reason, WORDS_MIN)


class CategoryTrial(msgspec.Struct, frozen=True, kw_only=True):
    """A version that is not kept, and a commune in which it is tried."""

    draft: CategoryDraft
    commune_code: CommuneCode
    filed_at: Annotated[datetime, Meta(tz=True)] | None = None
    """When somebody might report; now when not said."""


class Versions(msgspec.Struct, frozen=True, kw_only=True):
    """Versions of categories, in the order in which these are offered."""

    items: Sequence[Version]


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """An agency that answers for something."""

    id: UUID
    name: str


class CategoryOutlook(msgspec.Struct, frozen=True, kw_only=True):
    """What a version would do. Nothing of it is kept."""

    questions: Sequence[ShownQuestion]
    """What would be asked, in this order."""
    subject: str
    """What the register of agencies was asked about."""
    route: Sequence[Candidate]
    """Who would deal with it; several: a person chooses; none: nobody is competent."""
    triage_due_at: datetime
    handling_due_at: datetime
    """Until when a report of that moment would be passed on, and dealt with."""
    open_reports: int
    """Reports of the category that are open and keep the version, and the deadline, that they
    have; 1,000 stands for that many or more."""
