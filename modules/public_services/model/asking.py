"""What many people ask for: counted in memory until they are many, and nothing before."""

import re
from collections import OrderedDict
from datetime import date
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from modules.public_services.model.folding import asked

ASKERS_MIN: Final = 5
"""A question that fewer ask may be somebody's own story, and is written down nowhere."""
_WAITING_MAX: Final = 5_000
_DIGITS: Final = re.compile(r"[0-9]+")


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a search: nothing fitted, or something was opened."""

    q: Annotated[str, Meta(min_length=1, max_length=500)]
    outcome: Literal["opened", "unopened"]


class SearchSum(msgspec.Struct, frozen=True, kw_only=True):
    """A question that at least five asked on one of the days: folded, numbers taken out."""

    question: str
    uses: int
    unopened: int
    """How often nothing was opened after it."""


class SearchSums(msgspec.Struct, frozen=True, kw_only=True):
    """What was sought most in the last ninety days; what was never opened first."""

    sums: tuple[SearchSum, ...]


def masked(text: str) -> str:
    """Return a question as it may be counted: no marks, no capitals, no numbers."""
    return " ".join(_DIGITS.sub("#", word) for word in asked(text))


class _Waiting:
    """A question of today, with digests of those who asked it until they are enough."""

    def __init__(self) -> None:
        self.askers: set[bytes] = set()
        self.uses = self.unopened = 0


class Tally:
    """Questions of one day in one process; those asked for longest ago make room."""

    def __init__(self) -> None:
        self._day: date | None = None
        self._waiting: OrderedDict[str, _Waiting] = OrderedDict()

    def count(self, day: date, asker: bytes, told: Outcome) -> SearchSum | None:
        """Count a question; return what may be written down now, or None while too few ask."""
        if day != self._day:
            self._day, self._waiting = day, OrderedDict()
        question = masked(told.q)
        if not question:
            return None
        waiting = self._waiting.setdefault(question, _Waiting())
        self._waiting.move_to_end(question)
        if len(self._waiting) > _WAITING_MAX:
            self._waiting.popitem(last=False)
        if len(waiting.askers) < ASKERS_MIN:
            waiting.askers.add(asker)
        waiting.uses += 1
        waiting.unopened += told.outcome == "unopened"
        if len(waiting.askers) < ASKERS_MIN:
            return None
        ripe = SearchSum(question=question, uses=waiting.uses, unopened=waiting.unopened)
        waiting.uses = waiting.unopened = 0
        return ripe
