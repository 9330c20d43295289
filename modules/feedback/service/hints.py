"""What may help before a report is sent. Nothing is kept, and nothing is refused."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from backend.kernel import Snapshot, folded
from contracts.files import FileStore
from modules.feedback.model.categories import CategoryCard, Version
from modules.feedback.model.hints import Draft, Hint, Hints
from modules.feedback.model.masks import spans
from modules.feedback.model.places import Point
from modules.feedback.repository import route_outs
from modules.feedback.service import categories, duplicates

CATEGORIES_MAX: Final = 3
_WORD: Final = 3
"""Letters that a word needs to tell one category from another."""


async def given(snapshot: Snapshot, draft: Draft, *, store: FileStore) -> Hints:
    """Return everything that is worth a look before sending."""
    likely = await _likely(snapshot, draft.text)
    category = draft.category or (likely[0].code if likely else None)
    known = await categories.is_open(snapshot, category) if category is not None else False
    found: Sequence[Hint] = ()
    if category is not None and known and draft.location is not None:
        found = await duplicates.hints(
            snapshot,
            Point(lat=draft.location.lat, lon=draft.location.lon),
            category,
            draft.text,
            [_signed(photo) for photo in draft.photo_hashes],
            store=store,
        )
    return Hints(
        duplicates=found,
        other_channels=[
            each.shown()
            for each in await route_outs.in_force(snapshot)
            if each.is_meant(draft.text) or (each.category or "") == draft.category
        ],
        categories=likely,
        personal_data=spans(draft.text),
    )


async def _likely(snapshot: Snapshot, text: str) -> Sequence[CategoryCard]:
    """Return the open categories whose own words stand in the text, most of them first."""
    said = _words(text)
    scores = [
        (len(said & _words(f"{version.label_vi} {version.help_vi}")), version)
        for version in await categories.versions_open(snapshot)
    ]
    best = sorted((pair for pair in scores if pair[0]), key=_by_score)
    return [version.card() for _, version in best[:CATEGORIES_MAX]]


def _by_score(pair: tuple[int, Version]) -> tuple[int, str]:
    return -pair[0], pair[1].code


def _words(text: str) -> set[str]:
    """Return pairs of neighbouring words: a single syllable of Vietnamese says little."""
    spoken = "".join(letter if letter.isalnum() else " " for letter in folded(text)).split()
    return {f"{one} {two}" for one, two in pairwise(spoken) if len(one + two) > _WORD}


def _signed(photo: str) -> int:
    bits = int(photo, 16)
    return bits - 2**64 if bits >= 2**63 else bits
