"""What is sent with a call: opinions, wishes and reasons."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from backend.kernel import Line, Prose, composed
from modules.feedback.model.reports import WORDS_MIN, Filing, ReasonCode, Reasoning, worded

RatingValue = Literal[1, 2, 3]
"""1 không hài lòng, 2 chấp nhận được, 3 hài lòng."""

RatingReason = Literal[
    "not-fixed", "partly-fixed", "slow", "not-informed", "impolite", "fixed", "fast", "informed"
]
ReturnReason = Literal["not-competent", "wrong-place", "not-enough-known", "other"]


class Reopening(msgspec.Struct, frozen=True, kw_only=True):
    """Why a report should be dealt with again. Desk and agency read it."""

    text: Reasoning

    def __post_init__(self) -> None:
        worded(self, self.text, WORDS_MIN)


class Rating(msgspec.Struct, frozen=True, kw_only=True):
    """How it went, by whoever reported. May be changed until the report closes."""

    value: RatingValue
    reasons: Annotated[tuple[RatingReason, ...], Meta(max_length=8)] = ()
    text: Annotated[Prose | None, Meta(description="For the desk and the agency.")] = None
    reopening: Reopening | None = None
    """With 1: ask in the same breath that it be dealt with again."""

    def __post_init__(self) -> None:
        composed(self)
        if self.reopening is not None and self.value != 1:
            raise ValueError("reopening")


class ReopeningDecision(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a report is dealt with again, and why. Its reporter reads it; so does everybody."""

    decision: Literal["granted", "refused"]
    text: Reasoning
    agency_id: UUID | None = None
    """Who deals with it now; the agency of the cycle before when none is named."""

    def __post_init__(self) -> None:
        worded(self, self.text, WORDS_MIN)


class Return(msgspec.Struct, frozen=True, kw_only=True):
    """Why an agency gives a report back. The desk reads it."""

    reason: ReasonCode
    text: Reasoning

    def __post_init__(self) -> None:
        worded(self, self.text, WORDS_MIN)


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Why the desk takes a step that somebody will ask about."""

    text: Reasoning

    def __post_init__(self) -> None:
        worded(self, self.text, WORDS_MIN)


class Transfer(msgspec.Struct, frozen=True, kw_only=True):
    """Who outside does the work for the agency, which still answers for it."""

    to: Line
    reference: Line | None = None
    """The number that the report has there."""
    until: date

    def __post_init__(self) -> None:
        composed(self)


class Handler(msgspec.Struct, frozen=True, kw_only=True):
    """Which officer of the agency deals with it."""

    staff_id: UUID


class Handover(msgspec.Struct, frozen=True, kw_only=True):
    """An officer who is away, or leaves, and the colleague who goes on."""

    from_staff_id: UUID
    to_staff_id: UUID
    text: Reasoning
    """Why. Colleagues and the desk read it."""

    def __post_init__(self) -> None:
        worded(self, self.text, WORDS_MIN)
        if self.from_staff_id == self.to_staff_id:
            raise ValueError("to_staff_id")


class HandedOver(msgspec.Struct, frozen=True, kw_only=True):
    """What the colleague goes on with."""

    reports: Sequence[UUID]
    more: bool
    """Whether there are others: 200 are handed over at a time."""


class TakenDown(msgspec.Struct, frozen=True, kw_only=True):
    """A report that an officer writes for somebody else."""

    channel: Literal["phone", "counter", "letter"]
    report: Filing


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """What an agency has to know from whoever reported. The desk asks it, or answers itself."""

    text: Reasoning

    def __post_init__(self) -> None:
        worded(self, self.text, WORDS_MIN)


class Contribution(msgspec.Struct, frozen=True, kw_only=True):
    """What an agency that was to help has done."""

    text: Reasoning

    def __post_init__(self) -> None:
        worded(self, self.text, WORDS_MIN)


class Concern(msgspec.Struct, frozen=True, kw_only=True):
    """Which agency a report is about; none any more when null."""

    agency_id: UUID | None
    text: Reasoning

    def __post_init__(self) -> None:
        worded(self, self.text, WORDS_MIN)


class Merge(msgspec.Struct, frozen=True, kw_only=True):
    """Which report this one is the same as. Its reporter learns that it was merged, and why."""

    canonical_id: UUID
    text: Reasoning

    def __post_init__(self) -> None:
        worded(self, self.text, WORDS_MIN)
