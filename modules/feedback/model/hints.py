"""What may help before a report is sent, or is dealt with twice."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from backend.kernel import composed
from backend.kernel.text import LINES
from modules.feedback.model.categories import CategoryCard, CategoryCode
from modules.feedback.model.duplicates import Score
from modules.feedback.model.machines import ReportState
from modules.feedback.model.masks import Span
from modules.feedback.model.places import Place

PhotoHash = Annotated[str, Meta(pattern="^[0-9a-f]{16}$", examples=["f0e4c2d7a1b35968"])]
"""dHash of a photo, as the app computes it before sending: 64 bits, hexadecimal."""


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody is about to send. Nothing of it is kept."""

    text: Annotated[str, Meta(max_length=4000, pattern=LINES)]
    category: CategoryCode | None = None
    location: Place | None = None
    photo_hashes: Annotated[tuple[PhotoHash, ...], Meta(max_length=5)] = ()

    def __post_init__(self) -> None:
        if self.text.strip():
            composed(self)


class Hint(msgspec.Struct, frozen=True, kw_only=True):
    """A public report that may be about the same."""

    code: str
    state: ReportState
    state_label: str
    filed_at: datetime
    excerpt: str
    thumb_url: str | None


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """Where else this belongs: another office, a telephone number, a law of its own."""

    code: str
    text: str
    phone: str | None
    link: str | None
    law: str | None


class Hints(msgspec.Struct, frozen=True, kw_only=True):
    """What to look at before sending; sending anyway is always free."""

    duplicates: Sequence[Hint]
    other_channels: Sequence[Channel]
    categories: Sequence[CategoryCard]
    """What it may be about, likeliest first; at most three."""
    personal_data: Sequence[Span]
    """Pieces of the text that others would read masked."""


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """A report that may be about the same, and why."""

    id: UUID
    code: str
    category: CategoryCard
    state: ReportState
    state_label: str
    received_at: datetime
    excerpt: str
    thumb_url: str | None
    score: Score


class Similar(msgspec.Struct, frozen=True, kw_only=True):
    """Reports that one may be the same as, likeliest first."""

    items: Sequence[Suggestion]
