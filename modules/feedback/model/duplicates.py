"""Are two reports about the same thing? Near, recent, of one category, alike in words or photo.

Every part of the score is shown, so that a person can judge the judgement. Nothing here decides:
citizens are given a hint, officers a suggestion. Everything is computed in the house.
"""

from collections import Counter
from collections.abc import Sequence
from math import sqrt
from typing import Final

import msgspec

from backend.kernel import folded

RADIUS_M: Final = 250
DAYS: Final = 60
"""Older reports are not about what somebody sees today."""
RESOLVED_DAYS: Final = 14

SHOWN_TO_CITIZENS: Final = 0.55
SHOWN_TO_STAFF: Final = 0.45

_NEARNESS, _RECENCY, _CATEGORY, _LIKENESS = 0.35, 0.15, 0.15, 0.35
_GRAM: Final = 3
_SIDE: Final = 8
_STRANGE_BITS: Final = 24
"""So many of 64 bits differ between photos that have nothing in common, or more: 32 on average."""


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """How likely two reports are about the same, and why; each part from 0 to 1."""

    total: float
    nearness: float
    recency: float
    same_category: float
    text: float
    photo: float


def scored(
    *,
    metres: float | None,
    days: float,
    is_same_category: bool,
    texts: tuple[str, str],
    photos: tuple[Sequence[int], Sequence[int]] = ((), ()),
) -> Score:
    """Return the score of a pair; without places it counts as at the edge of the radius."""
    nearness = 0.0 if metres is None else max(0.0, 1 - metres / RADIUS_M)
    recency = max(0.0, 1 - days / DAYS)
    text, photo = cosine(*texts), likeness(*photos)
    total = (
        _NEARNESS * nearness
        + _RECENCY * recency
        + _CATEGORY * is_same_category
        + _LIKENESS * max(text, photo)
    )
    return Score(
        total=round(total, 3),
        nearness=round(nearness, 3),
        recency=round(recency, 3),
        same_category=float(is_same_category),
        text=round(text, 3),
        photo=round(photo, 3),
    )


def cosine(one: str, other: str) -> float:
    """Return how alike two texts are by their runs of three letters, without marks and case."""
    left, right = _grams(one), _grams(other)
    norm = sqrt(_squared(left) * _squared(right))
    return sum(n * right[gram] for gram, n in left.items()) / norm if norm else 0.0


def likeness(ours: Sequence[int], theirs: Sequence[int]) -> float:
    """Return how alike the two most alike photos are."""
    pairs = [(one ^ other) & (2**64 - 1) for one in ours for other in theirs]
    return max((max(0.0, 1 - pair.bit_count() / _STRANGE_BITS) for pair in pairs), default=0.0)


def dhash(brightness: Sequence[int]) -> int:
    """Return the difference hash of a picture of 9 by 8 grey values, row by row, signed.

    A bit for each value that is brighter than its right neighbour, the first the highest (Krawetz,
    "Kind of like that", 2013).
    """
    bits = 0
    for row in range(_SIDE):
        for column in range(_SIDE):
            place = row * (_SIDE + 1) + column
            bits = bits << 1 | (brightness[place] > brightness[place + 1])
    return bits - 2**64 if bits >= 2**63 else bits


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """Two reports of which somebody has said whether they are about the same."""

    metres: float
    days: float
    same_category: bool
    text: str
    other_text: str
    duplicate: bool


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """How well the score tells pairs apart, at a threshold."""

    threshold: float
    found: int
    right: int
    wanted: int

    @property
    def precision(self) -> float:
        """The part of what was found that was right; 1 when nothing was found."""
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """The part of what was to be found that was; 1 when nothing was."""
        return self.right / self.wanted if self.wanted else 1.0


def evaluated(pairs: Sequence[Pair], threshold: float) -> Evaluation:
    """Hold the score against what people said."""
    found = [pair for pair in pairs if _of(pair).total >= threshold]
    return Evaluation(
        threshold=threshold,
        found=len(found),
        right=sum(pair.duplicate for pair in found),
        wanted=sum(pair.duplicate for pair in pairs),
    )


def _of(pair: Pair) -> Score:
    return scored(
        metres=pair.metres,
        days=pair.days,
        is_same_category=pair.same_category,
        texts=(pair.text, pair.other_text),
    )


def _grams(text: str) -> Counter[str]:
    spoken = f" {folded(text)} "
    return Counter(spoken[i : i + _GRAM] for i in range(len(spoken) - _GRAM + 1))


def _squared(grams: Counter[str]) -> int:
    return sum(n * n for n in grams.values())
