"""The two clocks of a report: until when it is to be given to somebody, and handled.

Day zero is the first working day that is not before the day of receipt, so time that the desk takes
is time that the handling loses. A term of n working days ends at 24:00 of the n-th working day
after day zero; an urgent one after so many hours. Pauses and extensions move the deadline and are
all kept; comments, views and plans never do. Late is computed when somebody asks.
"""

from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final, Literal
from uuid import UUID

import msgspec

from backend.kernel import VIETNAM
from modules.feedback.model.categories import DeadlineClass
from modules.feedback.model.machines import ReportState

ClockKind = Literal["triage", "handling"]
Cause = Literal["pause", "extension", "class", "calendar"]

WARNED_AT: Final = 0.75
"""The part of its time after which whoever has a report is reminded."""

LEVEL_DAYS: Final = (None, 0, 1, 3)
"""Working days after the deadline at which each level of the house hears of it; none: before it."""


class Term(msgspec.Struct, frozen=True, kw_only=True):
    """How long something may take: working days, or a span of the clock on the wall."""

    days: int = 0
    span: timedelta | None = None


class Clock(msgspec.Struct, frozen=True, kw_only=True):
    """A clock as it is kept."""

    report_id: UUID
    cycle: int
    kind: ClockKind
    deadline_class: DeadlineClass
    original_class: DeadlineClass
    began_at: datetime
    original_due_at: datetime
    due_at: datetime
    provisional: bool
    paused_at: datetime | None = None
    stopped_at: datetime | None = None
    paused_days: int = 0
    paused_seconds: int = 0
    extended_days: int = 0
    level: int = 0
    terms_on: date | None = None
    """The day whose terms it runs by, which is the day on which it began to run."""
    agency_id: UUID | None = None
    """Who has the report now, if anybody."""

    @property
    def rested_since(self) -> datetime | None:
        """Since when it does not run, if it does not."""
        return self.paused_at or self.stopped_at

    def deadline(self, now: datetime) -> "Deadline":
        """Return what everybody may read of it."""
        until = self.rested_since or now
        return Deadline(
            kind=self.kind,
            deadline_class=self.deadline_class,
            original_due_at=self.original_due_at,
            due_at=self.due_at,
            provisional=self.provisional,
            is_paused=self.paused_at is not None,
            stopped_at=self.stopped_at,
            is_late=until > self.due_at,
            is_late_originally=until > self.original_due_at,
        )


class Deadline(msgspec.Struct, frozen=True, kw_only=True):
    """Until when a report is to be dealt with: as promised first, and as it stands."""

    kind: ClockKind
    """`triage`: until somebody answers for it; `handling`: until it is dealt with."""
    deadline_class: DeadlineClass
    original_due_at: datetime
    """As it was when the clock began. It never changes, once it is not provisional."""
    due_at: datetime
    """With every pause and extension since; the moment itself is still in time."""
    provisional: bool
    """Whether days off that are not announced yet may still move it."""
    is_paused: bool
    stopped_at: datetime | None
    is_late: bool
    is_late_originally: bool


class Effect(StrEnum):
    """What a move of the report does to its clock."""

    HAND_OVER = "hand_over"
    """The triage clock stops, and the handling clock of the cycle runs."""
    PAUSE = "pause"
    STOP = "stop"
    GO_ON = "go_on"
    """The clock had stopped or paused, and the time since does not count."""
    NEW_CYCLE = "new_cycle"
    """Another handling clock begins; that of the cycle before stands as it stopped."""


_S = ReportState
_OPEN: Final = frozenset({_S.RECEIVED, _S.IN_REVIEW, _S.WITH_AGENCY})
_TRIAGE: Final = frozenset({_S.RECEIVED, _S.IN_REVIEW})


def effect(source: ReportState, target: ReportState) -> Effect | None:
    """Return what a move from one state to another does to the clock; mostly nothing."""
    if source is target:
        return None
    if source is _S.REOPEN_REQUESTED and target is _S.WITH_AGENCY:
        return Effect.NEW_CYCLE
    if target is _S.NEEDS_INFO:
        return Effect.PAUSE
    if source in _TRIAGE and target is _S.WITH_AGENCY:
        return Effect.HAND_OVER
    if (source in _OPEN or source is _S.NEEDS_INFO) and target not in _OPEN:
        return Effect.STOP
    return Effect.GO_ON if source not in _OPEN and target in _OPEN else None


def day_of(moment: datetime) -> date:
    """Return the day on which a moment falls where our citizens live."""
    return moment.astimezone(VIETNAM).date()


def end_of(day: date) -> datetime:
    """Return 24:00 of a day, which is where terms end (Civil Code 91/2015/QH13, article 148)."""
    return datetime.combine(day + timedelta(days=1), time(), VIETNAM)


def window_end(ended_at: datetime, days: int) -> datetime:
    """Return until when something may be done that one may do for so many days after an end."""
    return end_of(day_of(ended_at) + timedelta(days=days))


def last_day(due_at: datetime) -> date:
    """Return the day at, or in, the end of which something is due."""
    return day_of(due_at - timedelta(microseconds=1))
