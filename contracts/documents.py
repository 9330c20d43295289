"""Signed documents: what their content may be written with, and what the kinds of them say."""

from typing import Annotated

import msgspec
from msgspec import Meta

PersonName = Annotated[str, Meta(min_length=1, max_length=200, extra={"script": "name"})]
"""A name of a person: Latin letters of our languages, space, apostrophe, hyphen, full stop."""

Text = Annotated[str, Meta(min_length=1, max_length=4000, extra={"script": "text"})]
"""Text that people read: Latin letters, digits, listed punctuation, line breaks."""

Code = Annotated[str, Meta(min_length=1, max_length=200, extra={"script": "code"})]
"""Printable ASCII; also what a text in a document is that says nothing else of itself."""


class Defect(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing for which a document cannot be signed as it stands.

    `pointer` is RFC 6901 into the document's data; `code` a word of the gate (`not-composed`,
    `invisible`, `not-allowed`) or of the kind that found it. The gate names the character
    (`U+043E`) and what was probably meant; a kind that computes says what it expected.
    """

    pointer: str
    code: str
    code_point: str = ""
    suggestion: str = ""
