"""The name of a report that people read aloud, such as `PA-7K3F9Q` (PA: phản ánh)."""

import re
import secrets
from typing import Final

PREFIX: Final = "PA-"
LETTERS: Final = "2346789CDFGHJKMNPQRTVWX"
"""No pair of these is mistaken for one another on a screen, in handwriting or over the telephone;
without vowels they spell nothing."""

LENGTH: Final = 6
"""23⁶ = 148 million codes. They tell nothing of how many reports there are."""

_SPOKEN: Final = re.compile(rf"(?:PA)?[-\s]*([{LETTERS}]{{{LENGTH}}})\Z")


def new_code() -> str:
    """Return a code at random. Whether it is taken only the table knows."""
    return PREFIX + "".join(secrets.choice(LETTERS) for _ in range(LENGTH))


def heard(text: str) -> str | None:
    """Return the code that somebody typed from memory: small letters, no dash, no prefix."""
    found = _SPOKEN.match(text.strip().upper())
    return PREFIX + found[1] if found else None
