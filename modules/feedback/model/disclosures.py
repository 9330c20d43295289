"""Who reported, when somebody must know."""

from typing import Literal

import msgspec

from modules.feedback.model.reports import WORDS_MIN, Reasoning, worded


class Disclosing(msgspec.Struct, frozen=True, kw_only=True):
    """Why somebody must know who reported. The person reads it in their access log."""

    purpose: Literal["verification", "emergency", "court-order"]
    text: Reasoning

    def __post_init__(self) -> None:
        worded(self, self.text, WORDS_MIN)


class Disclosure(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of whoever reported."""

    origin: Literal["account", "anonymous"]
    name: str | None
    phone: str | None
    email: str | None


class Original(msgspec.Struct, frozen=True, kw_only=True):
    """A photo as it came."""

    content: bytes
    media_type: str
