"""Other channels than ours, and when somebody is shown the way to one."""

from datetime import date
from typing import Annotated

import msgspec
from msgspec import Meta

from backend.kernel import Line, Prose, composed, folded
from backend.kernel.locale import language
from modules.feedback.model.categories import CategoryCode
from modules.feedback.model.hints import Channel


class RouteOutDraft(msgspec.Struct, frozen=True, kw_only=True):
    """Where else something belongs, in both languages, from a day on."""

    text_vi: Prose
    text_en: Prose
    phone: Line | None = None
    link: Line | None = None
    law: Line | None = None
    keywords: Annotated[tuple[Line, ...], Meta(max_length=50)] = ()
    """Words that hint at it; they refuse nothing."""
    category: CategoryCode | None = None
    """A category whose reports are not taken but sent there."""
    valid_from: date
    valid_to: date | None = None

    def __post_init__(self) -> None:
        composed(self)
        if self.valid_to is not None and self.valid_to <= self.valid_from:
            raise ValueError("valid_to")


class RouteOut(msgspec.Struct, frozen=True, kw_only=True):
    """A way to another channel, as it is kept."""

    code: str
    text_vi: str
    text_en: str
    phone: str | None
    link: str | None
    law: str | None
    keywords: tuple[str, ...]
    category: str | None
    valid_from: date
    valid_to: date | None
    version: int

    def is_meant(self, text: str) -> bool:
        """Tell whether a text uses one of its words, with or without marks."""
        said = f" {folded(text)} "
        return any(f" {folded(word)} " in said for word in self.keywords)

    def shown(self) -> Channel:
        """Return the way there, in the language of the request."""
        is_vietnamese = language.get() == "vi"
        return Channel(
            code=self.code,
            text=self.text_vi if is_vietnamese else self.text_en,
            phone=self.phone,
            link=self.link,
            law=self.law,
        )
