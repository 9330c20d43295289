"""Words that editors keep, so that a search understands what people call things."""

from typing import Annotated, Final
from uuid import UUID

import msgspec
from msgspec import Meta

from backend.kernel import Line, composed
from modules.public_services.model.index import TermKind

_NEEDS_TARGET: Final = frozenset({"phrase", "synonym", "abbreviation", "best_bet"})


class TermDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A term as an editor writes it.

    `target` is what the words stand for: other words, for a best bet the code of a procedure, for a
    dropped phrase the intent that it shows or nothing.
    """

    kind: TermKind
    text: Line
    target: Annotated[str, Meta(max_length=200)] = ""
    active: bool = True
    note: Annotated[str, Meta(max_length=500)] = ""

    def __post_init__(self) -> None:
        composed(self)
        if self.kind in _NEEDS_TARGET and not self.target.strip():
            raise ValueError("target")


class KeptTerm(TermDraft, frozen=True, kw_only=True):
    """A term as it is kept."""

    id: UUID
    version: int
