"""Text of people: what may stand in it, and how it is compared.

Vietnamese letters can be written composed (`ế`) or decomposed (`e` + `^` + `´`), and phones send
both. Everything kept is composed (Unicode NFC), so that equal words are equal bytes.
"""

import unicodedata
from typing import Annotated, Final

import msgspec
from msgspec import Meta

LINES: Final = r"^[^\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x9F\u202A-\u202E\u2066-\u2069\uFFFE\uFFFF]*$"
"""Pattern of text of several lines: no control or direction characters but tab and line breaks."""

_ONE_LINE: Final = r"^[^\x00-\x1F\x7F-\x9F\u2028\u2029\u202A-\u202E\u2066-\u2069\uFFFE\uFFFF]*$"

Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=_ONE_LINE)]
"""One line that names something: 1 to 200 characters, no control or direction characters."""

Line = Annotated[str, Meta(min_length=1, max_length=500, pattern=_ONE_LINE)]
"""One line of text: 1 to 500 characters, no control or direction characters."""

Prose = Annotated[str, Meta(min_length=1, max_length=4000, pattern=LINES)]
"""Text of several lines: 1 to 4,000 characters, tabs and line breaks allowed."""


def composed(struct: msgspec.Struct) -> None:
    """Compose and trim each text member, in place; for `__post_init__` of what a caller sends.

    Raises ValueError, which the gateway answers with 422, when a text is empty after trimming.
    """
    for name in struct.__struct_fields__:
        value = getattr(struct, name)
        if isinstance(value, str):
            text = unicodedata.normalize("NFC", value).strip()
            if value and not text:
                raise ValueError(name)
            if text != value:
                msgspec.structs.force_setattr(struct, name, text)


def folded(text: str) -> str:
    """Return the text as people type it in a hurry: lower case, no marks, single spaces.

    `folded("Phường Hạc  Thành") == "phuong hac thanh"`.
    """
    lowered = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    bare = "".join(letter for letter in lowered if not unicodedata.combining(letter))
    return " ".join(bare.split())
