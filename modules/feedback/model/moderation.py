"""What the desk decides before everybody may read a report, and says beside it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from backend.kernel import Line, Prose, composed
from modules.feedback.model.categories import CategoryCode, DeadlineClass
from modules.feedback.model.machines import Call
from modules.feedback.model.masks import Edges
from modules.feedback.model.places import CommuneCode, Place
from modules.feedback.model.reports import WORDS_MIN, ReasonCode, Reasoning, worded

MaskReason = Literal[
    "name", "phone", "email", "identity", "card", "account", "plate", "face", "address", "other"
]
Part = Annotated[float, Meta(ge=0, le=1)]
Digest = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]


class TextMask(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of a text, in code points: the report's own, or what was said with an event."""

    seq: Annotated[int, Meta(ge=1, le=10_000)] = 1
    start: Annotated[int, Meta(ge=0, le=4000)]
    end: Annotated[int, Meta(ge=1, le=4000)]
    reason: MaskReason = "other"

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise ValueError("end")


class Rectangle(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a photo that is painted over, in parts of its width and height from top left."""

    x: Part
    y: Part
    width: Annotated[float, Meta(gt=0, le=1)]
    height: Annotated[float, Meta(gt=0, le=1)]
    reason: MaskReason = "other"


class LookedAt(msgspec.Struct, frozen=True, kw_only=True):
    """A photo that somebody has looked at, and what of it nobody else may see."""

    file_id: UUID
    rectangles: Annotated[tuple[Rectangle, ...], Meta(max_length=50)] = ()


class Masks(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is masked from now on; what is not named here is undone.

    A suggestion is masked until it stands in `left`.
    """

    spans: Annotated[tuple[TextMask, ...], Meta(max_length=200)] = ()
    left: Annotated[tuple[TextMask, ...], Meta(max_length=200)] = ()
    photos: Annotated[tuple[LookedAt, ...], Meta(max_length=20)] = ()


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """The masks of a report as they are kept."""

    spans: Sequence[TextMask] = ()
    left: Sequence[TextMask] = ()
    rectangles: Sequence[tuple[UUID, Rectangle]] = ()
    own: Mapping[str, Sequence[Edges]] = {}
    """Where the reporter's own name stands, which nobody has to decide on."""

    def of(self, seq: int) -> tuple[list[Edges], list[Edges]]:
        """Return what is masked, and what is left, in the text of an event."""
        masked = [(mask.start, mask.end) for mask in self.spans if mask.seq == seq]
        masked += self.own.get(str(seq), ())
        return masked, [(mask.start, mask.end) for mask in self.left if mask.seq == seq]


class Publishing(msgspec.Struct, frozen=True, kw_only=True):
    """What its publisher has seen: `source_digest` of the preview."""

    source_digest: Digest


class Sealing(msgspec.Struct, frozen=True, kw_only=True):
    """Why nobody but the identity desk may read a report any more."""

    text: Reasoning

    def __post_init__(self) -> None:
        worded(self, self.text, WORDS_MIN)


class Noting(msgspec.Struct, frozen=True, kw_only=True):
    """Something for colleagues: of the desk alone, or of the agencies too."""

    text: Prose
    audience: Literal["desk", "agencies"] = "desk"

    def __post_init__(self) -> None:
        composed(self)


class Messaging(msgspec.Struct, frozen=True, kw_only=True):
    """Something to say to the others in it; it moves nothing and no deadline."""

    text: Prose

    def __post_init__(self) -> None:
        composed(self)


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """What an officer noted."""

    id: UUID
    audience: Literal["desk", "agencies"]
    text: str
    staff_id: UUID
    agency_id: UUID | None
    at: datetime


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What one of the parts said to the others."""

    id: UUID
    side: Literal["reporter", "desk", "agency"]
    text: str
    at: datetime


class Scribble(msgspec.Struct, frozen=True, kw_only=True):
    """What an officer has begun to write for a call, and not sent; empty: nothing any more."""

    call: Call
    text: Annotated[str, Meta(max_length=4000)]


class Watcher(msgspec.Struct, frozen=True, kw_only=True):
    """An officer who looks at the report right now."""

    staff_id: UUID
    name: str
    is_writing: bool
    """Whether they write something that has not been sent."""
    at: datetime


class Watchers(msgspec.Struct, frozen=True, kw_only=True):
    """Who else looks at the report right now."""

    items: Sequence[Watcher]


class FilterDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A view of the queue that is worth keeping: the query of its address."""

    name: Line
    query: Annotated[str, Meta(max_length=1000, pattern=r"^[\w.,:&=%+-]*$")]
    is_shared: bool = False

    def __post_init__(self) -> None:
        composed(self)


class SavedFilter(msgspec.Struct, frozen=True, kw_only=True):
    """A view of the queue, one's own or shared by a colleague."""

    id: UUID
    name: str
    query: str
    is_shared: bool
    is_own: bool


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """Views of the queue."""

    items: Sequence[SavedFilter]


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """How many reports stand somewhere; 1,000 stands for that many or more."""

    name: str
    n: int


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """What waits for the desk."""

    items: Sequence[Count]


class NewCategory(msgspec.Struct, frozen=True, kw_only=True):
    """What a report is really about, and why; the answer proposes who deals with that."""

    category: CategoryCode
    text: Reasoning

    def __post_init__(self) -> None:
        worded(self, self.text, WORDS_MIN)


class NewPlace(msgspec.Struct, frozen=True, kw_only=True):
    """Where it really is, and how one knows."""

    location: Place
    commune_code: CommuneCode | None = None
    text: Reasoning

    def __post_init__(self) -> None:
        worded(self, self.text, WORDS_MIN)


class BatchItem(msgspec.Struct, frozen=True, kw_only=True):
    """A report, in the version that was seen."""

    id: UUID
    version: Annotated[int, Meta(ge=1)]


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """One call for many reports; each has an answer of its own."""

    action: Literal["claim", "assignment", "declination", "class"]
    items: Annotated[tuple[BatchItem, ...], Meta(min_length=1, max_length=100)]
    agency_id: UUID | None = None
    reason: ReasonCode | None = None
    deadline_class: DeadlineClass | None = None
    text: Reasoning | None = None
    dry_run: bool = False
    """Say what would happen, and do nothing."""

    def __post_init__(self) -> None:
        composed(self)
        needs_text = self.action in ("declination", "class")
        if needs_text and (self.text is None or len(self.text.strip()) < WORDS_MIN):
            raise ValueError("text")
        if self.action == "declination" and self.reason is None:
            raise ValueError("reason")
        if self.action == "class" and self.deadline_class is None:
            raise ValueError("deadline_class")


class BatchAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one report of a batch."""

    id: UUID
    version: int | None
    """The new version; None when it was refused."""
    problem: str | None
    """Slug of the refusal."""


class BatchAnswers(msgspec.Struct, frozen=True, kw_only=True):
    """What became of each, in the order of the request."""

    items: Sequence[BatchAnswer]
