"""Followers who hold that a report was not dealt with, though it is said to be."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from modules.feedback.model.reports import WORDS_MIN, Reasoning, worded


class Objecting(msgspec.Struct, frozen=True, kw_only=True):
    """What is still wrong. Only the desk reads it; it moves no report, and no deadline."""

    text: Reasoning

    def __post_init__(self) -> None:
        worded(self, self.text, WORDS_MIN)


class Objected(msgspec.Struct, frozen=True, kw_only=True):
    """One's own objection to how a report ended."""

    code: str
    cycle: int
    at: datetime


class ObjectionCard(msgspec.Struct, frozen=True, kw_only=True):
    """An objection as the desk reads it: what, and not whose."""

    cycle: int
    text: str
    at: datetime


class Objections(msgspec.Struct, frozen=True, kw_only=True):
    """Objections to how a report ended."""

    items: Sequence[ObjectionCard]
