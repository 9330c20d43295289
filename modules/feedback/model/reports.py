"""Reports: as they are sent, as they are kept, and as each part may read them."""

import unicodedata
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from backend.kernel import Line, Name, Prose, composed
from backend.kernel.text import LINES
from modules.feedback.model.categories import CategoryCode, DeadlineClass
from modules.feedback.model.machines import (
    AssignmentState,
    Call,
    PublicationState,
    RatingState,
    ReportState,
    Standing,
    Who,
    allowed,
)
from modules.feedback.model.places import CommuneCode, Place, Point, metres
from modules.feedback.model.setup.questions import Answers
from modules.feedback.model.suspicion import Flag

PHOTOS_MAX = 5
"""Photos that a report, or a result, may come with."""

FILES_WAIT = timedelta(hours=24)
"""How long announced photos are waited for."""

FAR_METRES = 200
"""How far from its report a photo of the result may be taken without a word about it."""

CLOCKS_DIFFER = timedelta(minutes=5)
"""What a camera's clock may be behind ours."""

Doubt = Literal["earlier", "elsewhere"]
"""When a photo of a result says that it was taken: before the work, or at another place."""

EXCERPT_LENGTH = 140
"""Code points of a text that a list shows."""

_CAMERA_YEARS = range(1990, 2100)
"""What a clock may say. At the ends of time, moments have no time zone to be shown in."""

Wish = Literal["public", "not_public"]
"""Whether the reporter would have everybody see the report."""

Moment = Annotated[datetime, Meta(tz=True)]
"""A moment with its zone."""

WORDS_MIN = 10
"""Characters of a report, and of any reason that is given for a decision."""

RESULT_MIN = 20
"""Characters of what an agency says that it did."""

ReportText = Annotated[str, Meta(min_length=WORDS_MIN, max_length=4000, pattern=LINES)]
Reasoning = Annotated[str, Meta(min_length=WORDS_MIN, max_length=2000, pattern=LINES)]
ResultText = Annotated[str, Meta(min_length=RESULT_MIN, max_length=4000, pattern=LINES)]


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """How somebody without an account wishes to be told what becomes of it. Sealed at once."""

    name: Name | None = None
    phone: Annotated[str, Meta(max_length=20, pattern=r"^(\+84|0)[0-9 .]{8,16}$")] | None = None
    email: (
        Annotated[str, Meta(max_length=254, pattern=r"^[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+$")] | None
    ) = None


class Filing(msgspec.Struct, frozen=True, kw_only=True):
    """A report as the citizen writes it.

    The place is a point, or the commune as the citizen chose it from a list, or both.
    """

    category: CategoryCode
    text: ReportText
    location: Place | None = None
    accuracy_m: Annotated[int, Meta(ge=0, le=100_000)] | None = None
    """Radius of the circle that the device believes itself in."""
    commune_code: CommuneCode | None = None
    address: Line | None = None
    answers: Answers = {}
    """To the questions of the category, by their codes: text, a number, or codes of options.
    What is not asked is ignored."""
    captured_at: Moment | None = None
    """When the reporter saw it, by the clock of the device: shown, never counted with."""
    wish: Wish = "public"
    files: Annotated[tuple[UUID, ...], Meta(max_length=PHOTOS_MAX)] = ()
    """Photos that were sent ahead, by `POST /v1/files` with purpose `feedback.report`."""
    expected_files: Annotated[int, Meta(ge=0, le=PHOTOS_MAX)] = 0
    """How many photos are to follow within a day: text first, where the network is slow."""
    contact: Contact | None = None
    """For those without an account; an account is told by its own ways."""

    def __post_init__(self) -> None:
        worded(self, self.text, WORDS_MIN)
        if self.captured_at is not None and self.captured_at.year not in _CAMERA_YEARS:
            raise ValueError("captured_at")


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What an agency did about a report."""

    text: ResultText
    files: Annotated[tuple[UUID, ...], Meta(max_length=PHOTOS_MAX)] = ()
    """Photos of afterwards, sent ahead with purpose `feedback.evidence`."""

    def __post_init__(self) -> None:
        worded(self, self.text, RESULT_MIN)


ReasonCode = Annotated[str, Meta(max_length=40, pattern="^[a-z][a-z0-9-]*$")]
"""A reason by which a decision is counted, as `/v1/feedback/reasons` lists them."""

DeclinationReason = Literal[
    "not-competent", "not-verifiable", "no-issue", "other-channel", "abusive", "incomplete"
]
"""Why a report is not dealt with. The text beside it says it in this case."""

HidingReason = Literal["personal-data", "offensive", "reporter-asked", "wrong-place", "other"]


class Declination(msgspec.Struct, frozen=True, kw_only=True):
    """Why the desk will not deal with a report. Its reporter reads both; so does everybody."""

    reason: ReasonCode
    text: Reasoning

    def __post_init__(self) -> None:
        worded(self, self.text, WORDS_MIN)


class Hiding(msgspec.Struct, frozen=True, kw_only=True):
    """Why a report is not, or no longer, for everybody to see. Only the desk reads it."""

    reason: ReasonCode
    text: Reasoning

    def __post_init__(self) -> None:
        worded(self, self.text, WORDS_MIN)


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """Why a result is not enough. The agency reads it."""

    text: Reasoning

    def __post_init__(self) -> None:
        worded(self, self.text, WORDS_MIN)


class Destination(msgspec.Struct, frozen=True, kw_only=True):
    """To whom a report goes: an agency, or whichever one is competent when none is named."""

    agency_id: UUID | None = None
    coordinators: Annotated[tuple[UUID, ...], Meta(max_length=5)] = ()
    """Agencies that are to help; the result waits until each has, or the desk does without it."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """When the agency means to do it."""

    planned_for: date


class Inquiry(msgspec.Struct, frozen=True, kw_only=True):
    """What the desk has to know from whoever reported."""

    text: Reasoning
    inquiry_id: UUID | None = None
    """The agency's proposal that this passes on, in the desk's words."""

    def __post_init__(self) -> None:
        worded(self, self.text, WORDS_MIN)


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What the reporter says to that; one word may do."""

    text: Prose

    def __post_init__(self) -> None:
        composed(self)


class ExtensionRequest(msgspec.Struct, frozen=True, kw_only=True):
    """How much more time an agency needs, and why. The desk decides."""

    days: Annotated[int, Meta(ge=1, le=90)]
    """Working days."""
    text: Reasoning

    def __post_init__(self) -> None:
        worded(self, self.text, WORDS_MIN)


class ExtensionDecision(msgspec.Struct, frozen=True, kw_only=True):
    """Whether an agency gets the time that it asked for, and why. The reporter reads it."""

    decision: Literal["granted", "refused"]
    text: Reasoning

    def __post_init__(self) -> None:
        worded(self, self.text, WORDS_MIN)


class Reclassification(msgspec.Struct, frozen=True, kw_only=True):
    """By which class the deadline of a report is counted from now on, and why."""

    deadline_class: DeadlineClass
    text: Reasoning

    def __post_init__(self) -> None:
        worded(self, self.text, WORDS_MIN)


class Reporter(msgspec.Struct, frozen=True, kw_only=True):
    """Who reported. Only its own person's transactions find such a row."""

    report_id: UUID
    person_id: UUID | None
    is_shown: bool
    """Whether the token of the report was shown in this transaction."""
    contact_id: UUID | None
    contact_phone: bytes | None
    contact_email: bytes | None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A report as it is kept, with where its machines stand; without its words and reporter."""

    id: UUID
    code: str
    version: int
    state: ReportState
    state_at: datetime
    category_code: str
    category_version: int
    commune_code: str
    lat: float | None
    lon: float | None
    accuracy_m: int | None
    address: str | None
    captured_at: datetime | None
    received_at: datetime
    wish: Wish
    claimed_by: UUID | None
    claimed_until: datetime | None
    asked_from: ReportState | None
    answer_due_at: datetime | None
    cycle: int
    reopenings: int
    returns: int
    merged_from: ReportState | None
    merged_work: AssignmentState | None
    canonical_id: UUID | None
    concerned_agency_id: UUID | None
    publication: PublicationState
    rating: RatingState | None
    assignment_id: UUID | None
    assignment: AssignmentState | None
    owner_agency_id: UUID | None
    agency_name: str | None
    area_code: str | None
    handler_id: UUID | None
    planned_for: date | None
    transferred_to: str | None
    transferred_until: date | None
    result_seq: int | None
    expected_files: int
    """How many photos were announced with it and have not come."""
    flags: Sequence[Flag]

    @property
    def standing(self) -> Standing:
        """Where the report stands in all machines."""
        return Standing(
            report=self.state,
            assignment=self.assignment,
            publication=self.publication,
            rating=self.rating,
            asked_from=self.asked_from,
            merged_from=self.merged_from,
            merged_work=self.merged_work,
        )

    @property
    def category(self) -> tuple[str, int]:
        """The version of the category that the report was filed under."""
        return self.category_code, self.category_version

    @property
    def location(self) -> Point | None:
        """The exact place, when the reporter gave one."""
        if self.lat is None or self.lon is None:
            return None
        return Point(lat=self.lat, lon=self.lon)

    def own_calls(self, now: datetime) -> Sequence[Call]:
        """Return what its reporter may do: announced photos are waited for as long as a day."""
        waits = self.expected_files > 0 and now < self.received_at + FILES_WAIT
        calls = allowed(self.standing, Who.REPORTER)
        return [call for call in calls if call is not Call.ATTACHMENT or waits]


class LatePhotos(msgspec.Struct, frozen=True, kw_only=True):
    """Photos that were announced with a report, sent ahead with purpose `feedback.report`."""

    files: Annotated[tuple[UUID, ...], Meta(min_length=1, max_length=PHOTOS_MAX)]


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """A photo of a report, by the event it came with."""

    seq: int
    position: int
    role: Literal["reported", "evidence"]
    file_id: UUID
    sha256: str
    taken_at: datetime | None
    taken_lat: float | None
    taken_lon: float | None
    dhash: int | None
    looked_at: datetime | None
    public_file_id: UUID | None
    media_type: str

    def doubts(self, place: Point | None, since: datetime) -> set[Doubt]:
        """Return why it may not show what was done there since the agency has the report."""
        found: set[Doubt] = set()
        if self.taken_at is not None and self.taken_at < since - CLOCKS_DIFFER:
            found.add("earlier")
        if place is not None and self.taken_lat is not None and self.taken_lon is not None:
            taken = Point(lat=self.taken_lat, lon=self.taken_lon)
            if metres(place, taken) > FAR_METRES:
                found.add("elsewhere")
        return found

    @property
    def is_picture(self) -> bool:
        """Whether it can be shown; a video is for those who work on the report."""
        return self.media_type.startswith("image/")


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """An event of the history, with the words that stand beside it unless they were erased."""

    seq: int
    kind: str
    at: datetime
    acting_agency_id: UUID | None
    source: str | None
    target: str
    codes: Sequence[str]
    text: str | None
    staff_id: UUID | None


def excerpt(text: str) -> str:
    """Return the beginning of a text, for a list."""
    return text if len(text) <= EXCERPT_LENGTH else f"{text[: EXCERPT_LENGTH - 1].rstrip()}…"


def worded(sent: msgspec.Struct, text: str, least: int) -> None:
    """Compose and trim what was sent; neither blanks around its text nor what nobody sees count
    towards its length, and something in it has to be read aloud.
    """
    composed(sent)
    seen = "".join(each for each in text if unicodedata.category(each) != "Cf").strip()
    if len(seen) < least or not any(map(str.isalnum, seen)):
        raise ValueError("text")
