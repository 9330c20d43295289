"""What a search answers."""

from datetime import date
from typing import Literal

import msgspec

from modules.public_services.model.offices import Hotline
from modules.public_services.model.views import Card

FacetName = Literal["level", "field", "audience", "channel", "free"]


class IndexVersion(msgspec.Struct, frozen=True, kw_only=True):
    """Which index answered."""

    version: int
    as_of: date | None


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """A procedure that answers; `marks` are (start, end) in characters of the shown title."""

    card: Card
    plain_title: str
    summary: str
    marks: tuple[tuple[int, int], ...]
    because: str = ""
    """What people say for it, where that is nearer to the question than its titles are."""
    score: float | None = None


class Bucket(msgspec.Struct, frozen=True, kw_only=True):
    """How many answers have a value."""

    value: str
    label: str
    count: int


class Facet(msgspec.Struct, frozen=True, kw_only=True):
    """How the answers spread over the values of one member."""

    name: FacetName
    buckets: tuple[Bucket, ...]


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """How a question was read, for editors."""

    words: tuple[str, ...]
    terms: tuple[str, ...]
    meant: tuple[str, ...]
    coverage: float


class Replaced(msgspec.Struct, frozen=True, kw_only=True):
    """A procedure that was asked for by its code, and has ended."""

    code: str
    title: str
    abolished_on: date


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What was found, best first. Not `answerable`: say so, and whom to ring instead."""

    hits: tuple[Hit, ...]
    answerable: bool
    corrected: str | None
    intents: tuple[str, ...]
    facets: tuple[Facet, ...]
    index: IndexVersion
    hotlines: tuple[Hotline, ...] = ()
    """Whom to ring, where this is no answer."""
    explanation: Explanation | None = None
    replaced: Replaced | None = None
    """What was asked for has ended; the hits are where it lives on."""


class Suggestions(msgspec.Struct, frozen=True, kw_only=True):
    """Procedures whose title begins as somebody types."""

    suggestions: tuple[Card, ...]
