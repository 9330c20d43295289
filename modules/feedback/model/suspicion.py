"""What makes a report look like abuse. It decides nothing: the desk reads these last."""

import re
from typing import Final, Literal

Flag = Literal["repeated", "links", "false-reports"]
"""The same words of the same sender again and again; an address to click; a sender of whom the
desk has lately declined several as untrue or abusive."""

SAME_WORDS: Final = 2
"""So many reports of a sender with the same words, within a week, make the next one `repeated`."""
SAME_DAYS: Final = 7
UNTRUE: Final = 2
"""So many that were declined for these reasons, within so many days, make the next one suspect."""
UNTRUE_DAYS: Final = 90
UNTRUE_REASONS: Final = ("no-issue", "abusive")

_LINK: Final = re.compile(
    r"https?\s?:\s?//|\bwww\s?\.\s?\w|"
    r"\b[\w-]{2,}\.(?:com|net|org|vn|info|top|xyz|club|online|site|shop|link|click|io|me|ly)\b"
    r"(?!@)",
    re.IGNORECASE,
)
_EMAIL: Final = re.compile(r"[\w.+%-]+@[\w.-]+")


def has_link(text: str) -> bool:
    """Tell whether the text would lead its readers elsewhere. A mailbox leads nowhere."""
    return _LINK.search(_EMAIL.sub(" ", text)) is not None
