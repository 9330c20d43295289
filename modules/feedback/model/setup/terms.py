"""How long each class of reports may take, from a day on."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated

import msgspec
from msgspec import Meta

from modules.feedback.model.categories import DeadlineClass
from modules.feedback.model.clocks import ClockKind, Term
from modules.feedback.model.reports import WORDS_MIN, Reasoning, worded

Days = Annotated[int, Meta(ge=0, le=90)]


class TermDraft(msgspec.Struct, frozen=True, kw_only=True):
    """Terms of a class from a day on: working days, or for what cannot wait minutes and hours."""

    triage_days: Days = 0
    triage_minutes: Annotated[int, Meta(ge=0, le=1440)] = 0
    handling_days: Days = 0
    handling_hours: Annotated[int, Meta(ge=0, le=720)] = 0
    valid_from: date
    """Tomorrow or later: what runs already runs as it was promised."""
    reason: Reasoning

    def __post_init__(self) -> None:
        worded(self, self.reason, WORDS_MIN)
        if (self.triage_days == 0) == (self.triage_minutes == 0):
            raise ValueError("triage_days")
        if (self.handling_days == 0) == (self.handling_hours == 0):
            raise ValueError("handling_days")


class ClassTerm(msgspec.Struct, frozen=True, kw_only=True):
    """Terms of a class, in force from a day until those of a later one."""

    deadline_class: DeadlineClass
    valid_from: date | None
    """Null: from the settings of this installation, before anything was set up."""
    triage_days: int
    triage_minutes: int
    handling_days: int
    handling_hours: int

    def of(self, kind: ClockKind) -> Term:
        """Return how long a clock of this kind may run."""
        if kind == "triage":
            return _term(self.triage_days, timedelta(minutes=self.triage_minutes))
        return _term(self.handling_days, timedelta(hours=self.handling_hours))


class ClassTerms(msgspec.Struct, frozen=True, kw_only=True):
    """Terms of all classes, the newest of each first; those that the settings say come last."""

    items: Sequence[ClassTerm]


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """The terms that were set up."""

    by_class: Mapping[str, Sequence[ClassTerm]]
    """The newest first."""

    def on(self, deadline_class: DeadlineClass, day: date) -> ClassTerm | None:
        """Return the terms of a class on a day; None: as the settings say."""
        for each in self.by_class.get(deadline_class, ()):
            if each.valid_from is not None and each.valid_from <= day:
                return each
        return None


class Shift(msgspec.Struct, frozen=True, kw_only=True):
    """Reports of one day that nobody deals with yet, and until when they would be dealt with."""

    received_on: date
    reports: int
    due_before: datetime
    due_after: datetime


class TermOutlook(msgspec.Struct, frozen=True, kw_only=True):
    """What terms would do. Nothing of them is kept."""

    running: int
    """Clocks that run for an agency: they keep what was promised. 1,000 stands for more."""
    shifts: Sequence[Shift]
    """Open reports that would be passed on from `valid_from`, by the day on which they came; at
    most 366 days."""


def _term(days: int, span: timedelta) -> Term:
    return Term(days=days) if days else Term(span=span)
