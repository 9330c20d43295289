"""Words of the desk: reasons by which decisions are counted, and texts to begin with."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from backend.kernel import Line, Prose, composed
from backend.kernel.locale import language
from modules.feedback.model.categories import CategoryCode
from modules.feedback.model.machines import Call
from modules.feedback.model.reports import WORDS_MIN, ReasonCode, Reasoning, worded

ReasonCall = Literal["declination", "hiding", "return"]
"""Decisions that are counted by their reasons."""

PLACEHOLDERS: Final = ("code", "category", "agency", "due")
"""What a template may leave open: the report's code and category, who deals with it, and when."""

_PLACE: Final = re.compile(r"\{([^{}]*)\}")


class ReasonDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A reason as officers choose it, and people read it."""

    label_vi: Line
    label_en: Line
    position: Annotated[int, Meta(ge=0, le=1000)] = 0
    ended_on: date | None = None
    """From that day it is not to be chosen; decisions before keep it."""
    reason: Reasoning
    """Why it is set up, or changed."""

    def __post_init__(self) -> None:
        worded(self, self.reason, WORDS_MIN)
        composed(self)


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """A reason as it is kept."""

    for_call: ReasonCall
    code: str
    position: int
    label_vi: str
    label_en: str
    ended_on: date | None
    version: int

    def is_open(self, on: date) -> bool:
        """Tell whether it may be chosen on a day."""
        return self.ended_on is None or on < self.ended_on

    def shown(self) -> "ReasonCard":
        """Return the reason in the language of the request."""
        label = self.label_vi if language.get() == "vi" else self.label_en
        return ReasonCard(for_call=self.for_call, code=self.code, label=label)


class ReasonCard(msgspec.Struct, frozen=True, kw_only=True):
    """A reason, in the language of the request."""

    for_call: ReasonCall
    code: str
    label: str


class Reasons(msgspec.Struct, frozen=True, kw_only=True):
    """Every reason, those of other days included."""

    items: Sequence[Reason]


class ReasonCards(msgspec.Struct, frozen=True, kw_only=True):
    """The reasons that may be given today."""

    items: Sequence[ReasonCard]


class TemplateDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A text to begin with, for a call, and perhaps for one reason or category of it alone."""

    for_call: Call
    for_reason: ReasonCode | None = None
    category: CategoryCode | None = None
    text_vi: Prose
    text_en: Prose
    ended_on: date | None = None
    reason: Reasoning
    """Why it is set up, or changed."""

    def __post_init__(self) -> None:
        worded(self, self.reason, WORDS_MIN)
        composed(self)


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """A text to begin with, as it is kept."""

    code: str
    for_call: Call
    for_reason: str | None
    category: str | None
    text_vi: str
    text_en: str
    ended_on: date | None
    version: int

    def filled(self, values: Mapping[str, str]) -> "FilledTemplate":
        """Return the text with what it leaves open, in the language of the request."""
        text = self.text_vi if language.get() == "vi" else self.text_en
        said = _PLACE.sub(lambda place: values.get(place[1], place[0]), text)
        return FilledTemplate(code=self.code, for_reason=self.for_reason, text=said)


class Templates(msgspec.Struct, frozen=True, kw_only=True):
    """Every text to begin with, those of other days included."""

    items: Sequence[Template]


class FilledTemplate(msgspec.Struct, frozen=True, kw_only=True):
    """A text to begin with, for one report. What is sent is kept as it was sent."""

    code: str
    for_reason: str | None
    text: str


class FilledTemplates(msgspec.Struct, frozen=True, kw_only=True):
    """Texts to begin with, for one report."""

    items: Sequence[FilledTemplate]


def unknown_placeholders(*texts: str) -> Sequence[str]:
    """Return what stands in braces and is filled with nothing, each once, in order.

    A brace that is left over is one too: somebody forgot its other half.
    """
    found = {name for text in texts for name in _PLACE.findall(text)}
    left_over = {brace for text in texts for brace in "{}" if brace in _PLACE.sub("", text)}
    return sorted((found - set(PLACEHOLDERS)) | left_over)
