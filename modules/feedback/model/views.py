"""What each part reads of a report. No shape for an agency or the public has a place for whoever
reported, so that none can be filled by mistake.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal
from uuid import UUID

import msgspec

from modules.feedback.model.categories import CategoryCard
from modules.feedback.model.clocks import Deadline
from modules.feedback.model.machines import (
    AssignmentState,
    Call,
    PublicationState,
    RatingState,
    ReportState,
)
from modules.feedback.model.masks import Span
from modules.feedback.model.moderation import Message, Note, Rectangle, Scribble, TextMask
from modules.feedback.model.places import CommuneCode, Point
from modules.feedback.model.reports import Wish
from modules.feedback.model.setup.questions import AnswerCard
from modules.feedback.model.suspicion import Flag


class Photo(msgspec.Struct, frozen=True, kw_only=True):
    """A photo, by addresses that work for ten minutes at least."""

    role: Literal["reported", "evidence"]
    media_type: str
    """`video/mp4` is for download; everything else can be shown."""
    url: str
    thumb_url: str | None


class DeskPhoto(msgspec.Struct, frozen=True, kw_only=True):
    """A photo as the desk sees it, with what the camera claimed."""

    file_id: UUID
    looked_at: datetime | None
    """When somebody of the desk looked at it; before, nobody else sees it."""
    rectangles: Sequence[Rectangle]
    """What everybody else sees painted over."""
    role: Literal["reported", "evidence"]
    url: str
    thumb_url: str
    taken_at: datetime | None
    taken_location: Point | None


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to a report."""

    at: datetime
    kind: Call
    label: str
    state: str
    """Where the call led."""
    codes: Sequence[str] = ()
    text: str | None = None


class DeskStep(Step, frozen=True, kw_only=True):
    """The same as the desk reads it."""

    version: int
    """Of the report, from then on."""
    by: str | None
    """The officer who did it; None: whoever reported, or the house by itself."""


class OwnItem(msgspec.Struct, frozen=True, kw_only=True):
    """One of your own reports, in a list."""

    id: UUID
    code: str
    version: int
    category: CategoryCard
    state: ReportState
    state_label: str
    state_at: datetime
    received_at: datetime
    commune_code: CommuneCode
    excerpt: str
    thumb_url: str | None


class RatingCard(msgspec.Struct, frozen=True, kw_only=True):
    """What the reporter thought of a cycle of the report."""

    cycle: int
    state: RatingState
    value: int | None
    """1 not satisfied, 2 acceptable, 3 satisfied."""
    reasons: Sequence[str]
    given_at: datetime | None


class OwnReport(msgspec.Struct, frozen=True, kw_only=True):
    """One of your own reports."""

    id: UUID
    code: str
    version: int
    category: CategoryCard
    state: ReportState
    state_label: str
    state_at: datetime
    received_at: datetime
    captured_at: datetime | None
    commune_code: CommuneCode
    location: Point | None
    address: str | None
    text: str
    answers: Sequence[AnswerCard]
    wish: Wish
    publication: PublicationState
    agency: str | None
    planned_for: date | None
    deadline: Deadline | None
    answer_due_at: datetime | None
    """Until when a question waits for your answer; the report goes on without it afterwards."""
    duplicate_of: str | None
    """Code of the report that is dealt with in place of this one, if everybody may read it."""
    result: str | None
    """What was done, once the desk has approved it."""
    messages: Sequence[Message]
    ratings: Sequence[RatingCard]
    rating_until: datetime | None
    """Until when you may rate it, and ask that it be dealt with again."""
    photos: Sequence[Photo]
    timeline: Sequence[Step]
    allowed: Sequence[Call]
    """What you may do now."""


class DeskItem(msgspec.Struct, frozen=True, kw_only=True):
    """A report in the desk's queue."""

    id: UUID
    code: str
    version: int
    category: CategoryCard
    state: ReportState
    state_label: str
    state_at: datetime
    received_at: datetime
    commune_code: CommuneCode
    wish: Wish
    publication: PublicationState
    agency: str | None
    claimed_by: UUID | None
    due_at: datetime | None
    flags: Sequence[Flag]
    """Why it looks like abuse; until somebody claims it, it is listed last."""
    excerpt: str
    thumb_url: str | None


class AgencyCard(msgspec.Struct, frozen=True, kw_only=True):
    """An agency, by id and name."""

    id: UUID
    name: str


class ExtensionCard(msgspec.Struct, frozen=True, kw_only=True):
    """More time that an agency asks for."""

    id: UUID
    days: int
    asked_at: datetime


class InquiryCard(msgspec.Struct, frozen=True, kw_only=True):
    """What the agency would have the reporter asked."""

    id: UUID
    text: str
    asked_at: datetime


class CoordinatorCard(msgspec.Struct, frozen=True, kw_only=True):
    """An agency that helps the one that leads."""

    id: UUID
    """Of its assignment."""
    agency: AgencyCard
    state: AssignmentState


class DeskReport(msgspec.Struct, frozen=True, kw_only=True):
    """A report as the desk reads it: everything but who reported."""

    id: UUID
    code: str
    version: int
    category: CategoryCard
    state: ReportState
    state_label: str
    state_at: datetime
    received_at: datetime
    captured_at: datetime | None
    commune_code: CommuneCode
    location: Point | None
    accuracy_m: int | None
    address: str | None
    text: str
    answers: Sequence[AnswerCard]
    personal_data: Sequence[Span]
    """Pieces of `text` that everybody else reads masked."""
    flags: Sequence[Flag]
    """Why it looks like abuse. A person decides what it is."""
    wish: Wish
    publication: PublicationState
    claimed_by: UUID | None
    holder: str | None
    """What colleagues call whoever has it in hand."""
    agency: AgencyCard | None
    assignment_id: UUID | None
    assignment: AssignmentState | None
    planned_for: date | None
    deadline: Deadline | None
    answer_due_at: datetime | None
    extension: ExtensionCard | None
    """More time that the agency asks for, and the desk has not decided on."""
    inquiries: Sequence[InquiryCard]
    """Questions that the agency would have asked, and the desk has not passed on."""
    coordinators: Sequence[CoordinatorCard]
    transferred_to: str | None
    transferred_until: date | None
    cycle: int
    reopenings: int
    returns: int
    claimed_until: datetime | None
    concerned_agency_id: UUID | None
    canonical_id: UUID | None
    """The report that this one was merged into."""
    spans: Sequence[TextMask]
    left: Sequence[TextMask]
    """Suggested masks that somebody has decided not to make."""
    notes: Sequence[Note]
    messages: Sequence[Message]
    drafts: Sequence[Scribble]
    """What you have begun to write, and nobody else reads."""
    ratings: Sequence[RatingCard]
    competent: Sequence[AgencyCard]
    """Who answers for this category in this commune today; several: a person chooses."""
    photos: Sequence[DeskPhoto]
    timeline: Sequence[DeskStep]
    allowed: Sequence[Call]


class WorkItem(msgspec.Struct, frozen=True, kw_only=True):
    """A report in an agency's list of work."""

    id: UUID
    code: str
    version: int
    category: CategoryCard
    state: ReportState
    assignment: AssignmentState
    assignment_label: str
    offered_at: datetime
    planned_for: date | None
    due_at: datetime | None
    commune_code: CommuneCode
    excerpt: str
    thumb_url: str | None


class WorkReport(msgspec.Struct, frozen=True, kw_only=True):
    """A report as the agency reads that deals with it: where exactly, and what, but not whose."""

    id: UUID
    code: str
    version: int
    category: CategoryCard
    state: ReportState
    assignment: AssignmentState
    assignment_label: str
    handler_id: UUID | None
    """The officer of the agency who deals with it."""
    planned_for: date | None
    transferred_to: str | None
    transferred_until: date | None
    cycle: int
    deadline: Deadline | None
    received_at: datetime
    captured_at: datetime | None
    commune_code: CommuneCode
    location: Point | None
    accuracy_m: int | None
    address: str | None
    text: str
    """Masked: telephone numbers, addresses, numbers of people and the reporter's own name."""
    answers: Sequence[AnswerCard]
    notes: Sequence[Note]
    messages: Sequence[Message]
    photos: Sequence[Photo]
    timeline: Sequence[Step]
    allowed: Sequence[Call]


class PublicItem(msgspec.Struct, frozen=True, kw_only=True):
    """A report in the list that everybody may read."""

    code: str
    category: CategoryCard
    state: ReportState
    state_label: str
    state_at: datetime
    filed_at: datetime
    commune_code: CommuneCode
    location: Point | None
    """No more exact than the category says."""
    distance_m: int | None
    """From the point that was asked about to `location`."""
    agency: str | None
    followers: int
    excerpt: str
    photos: Sequence[str]


class PublicReport(msgspec.Struct, frozen=True, kw_only=True):
    """A report as everybody may read it."""

    code: str
    category: CategoryCard
    state: ReportState
    state_label: str
    state_at: datetime
    filed_at: datetime
    commune_code: CommuneCode
    location: Point | None
    agency: str | None
    original_due_at: datetime | None
    """Until when it was to be dealt with, as promised first."""
    due_at: datetime | None
    """The same, with every pause and extension since."""
    followers: int
    objections: int
    text: str
    result: str | None
    reason: str | None
    photos: Sequence[str]


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """A report as everybody would read it, were it published now."""

    source_digest: str
    """Send it back to publish exactly this."""
    undecided: int
    """Suggested masks that nobody has decided on yet."""
    unseen: Sequence[UUID]
    """Photos that nobody has looked at yet."""
    report: PublicReport
    photos: Sequence[str]
    """Where the very files lie that everybody would get."""
