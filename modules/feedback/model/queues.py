"""Rows of the lists: what a line needs, and its text for the beginning that is shown."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

import msgspec

from modules.feedback.model.machines import AssignmentState, Call, PublicationState, ReportState
from modules.feedback.model.reports import Wish
from modules.feedback.model.suspicion import Flag

OPEN: Final = (
    ReportState.RECEIVED,
    ReportState.IN_REVIEW,
    ReportState.NEEDS_INFO,
    ReportState.WITH_AGENCY,
    ReportState.AWAITING_APPROVAL,
    ReportState.REOPEN_REQUESTED,
)
"""What the desk is shown when it does not say which states it wants."""

LIVE: Final = (AssignmentState.OFFERED, AssignmentState.ACCEPTED, AssignmentState.WORKING)
"""What an agency is shown when it does not say which states it wants: what it has to do."""


class QueueFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which reports the desk asks for."""

    states: tuple[ReportState, ...]
    commune_code: str | None = None
    category: str | None = None
    is_mine: bool = False
    """Only what the moderator has in hand."""


class Queued(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the desk's queue."""

    id: UUID
    code: str
    version: int
    category_code: str
    category_version: int
    state: ReportState
    state_at: datetime
    received_at: datetime
    commune_code: str
    wish: Wish
    publication: PublicationState
    agency_name: str | None
    claimed_by: UUID | None
    due_at: datetime | None
    suspect: bool
    flags: Sequence[Flag]
    original: str
    file_id: UUID | None


class Offered(msgspec.Struct, frozen=True, kw_only=True):
    """A line of an agency's list of work."""

    report_id: UUID
    code: str
    version: int
    category_code: str
    category_version: int
    state: ReportState
    assignment: AssignmentState
    offered_at: datetime
    planned_for: date | None
    due_at: datetime | None
    commune_code: str
    original: str
    own_words: Sequence[tuple[int, int]]
    """Where the reporter's own name stands in it."""
    file_id: UUID | None


class Mine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a citizen's own list."""

    report_id: UUID
    code: str
    version: int
    category_code: str
    category_version: int
    state: ReportState
    state_at: datetime
    received_at: datetime
    commune_code: str
    original: str
    file_id: UUID | None


class PublicFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which public reports somebody asks for; None where it does not matter."""

    commune_code: str | None = None
    category: str | None = None
    state: ReportState | None = None
    since: datetime | None = None
    agency_id: UUID | None = None
    until: datetime | None = None


class PublicStep(msgspec.Struct, frozen=True, kw_only=True):
    """Something that everybody may know to have happened to a report; without words."""

    at: datetime
    kind: Call
    state: str


class Projected(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the public table, which holds nothing that is not public."""

    report_id: UUID
    code: str
    category_code: str
    category_version: int
    group_code: str
    commune_code: str
    agency_id: UUID | None
    agency_name: str | None
    state: ReportState
    state_at: datetime
    filed_at: datetime
    lat: float | None
    lon: float | None
    body: str
    result: str | None
    reason: str | None
    photos: Sequence[UUID]
    original_due_at: datetime | None
    due_at: datetime | None
    dhashes: Sequence[int]
    steps: Sequence[PublicStep]
    followers: int = 0
    objections: int = 0


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a public list; `far` in metres of Web Mercator, where a point was asked about."""

    code: str
    category_code: str
    category_version: int
    commune_code: str
    agency_name: str | None
    state: ReportState
    state_at: datetime
    filed_at: datetime
    lat: float | None
    lon: float | None
    body: str
    photos: Sequence[UUID]
    followers: int
    far: float | None
