"""What somebody typed, as the index can be asked: mended, expanded, without small talk."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from rapidfuzz import process
from rapidfuzz.distance import OSA

from modules.public_services.model.folding import asked, terms
from modules.public_services.model.index import Index, Term

_SPLIT_MIN: Final = 5
_MENDED_MIN: Final = 3
_TELEX: Final = re.compile(r"[sfrxj0-9]+$")
_DOUBLED: Final = re.compile(r"(.)\1+")
_PHRASE_MAX: Final = 6
_NEAR_MAX: Final = 50


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A question, ready to be scored: terms of its own, and terms that its phrases mean."""

    words: tuple[str, ...]
    terms: tuple[str, ...]
    meant: tuple[str, ...]
    intents: tuple[str, ...]
    corrected: str | None


class Reader:
    """Reads questions against the vocabulary of one index."""

    def __init__(self, index: Index) -> None:
        self._vocabulary = index.vocabulary
        self._known = {word for word in index.vocabulary if "_" not in word}
        self._words = sorted(self._known)
        self._abbreviations = _phrases(index.terms, "abbreviation")
        self._synonyms = _phrases(index.terms, "synonym")
        self._dropped = _phrases(index.terms, "drop_phrase")
        texts = (*self._abbreviations, *self._synonyms, *self._dropped)
        self._known.update(word for text in texts for word in text)

    def read(self, text: str) -> Question:
        """Return what is asked."""
        typed = asked(text)
        words = self._expanded(typed)
        mended = [good for word in words for good in self._mended(word)]
        words = self._expanded(mended)
        corrected = " ".join(mended) if mended != self._expanded(typed) else None
        kept, intents = self._without_small_talk(words)
        meant = [
            term
            for _, target in _found(self._synonyms, kept)
            for term in terms(asked(target))
            if term not in kept
        ]
        return Question(
            words=tuple(kept),
            terms=tuple(dict.fromkeys(terms(kept))),
            meant=tuple(dict.fromkeys(meant)),
            intents=tuple(dict.fromkeys(intents)),
            corrected=corrected,
        )

    def _expanded(self, words: Sequence[str]) -> list[str]:
        expanded: list[str] = []
        at = 0
        while at < len(words):
            size, target = _longest(self._abbreviations, words, at)
            expanded += asked(target) if size else [words[at]]
            at += size or 1
        return expanded

    def _without_small_talk(self, words: Sequence[str]) -> tuple[list[str], list[str]]:
        """Drop the phrases that ask for papers, time, fee or place; say which they were."""
        kept: list[str] = []
        intents: list[str] = []
        at = 0
        while at < len(words):
            size, target = _longest(self._dropped, words, at)
            if size:
                intents += [target] if target else []
            else:
                kept.append(words[at])
            at += size or 1
        return (kept or list(words)), intents

    def _mended(self, word: str) -> list[str]:
        """Return the word, or what it most likely is; only an unknown one is touched."""
        if word in self._known or len(word) < _MENDED_MIN or word.isdigit():
            return [word]
        for bare in (_TELEX.sub("", word), _DOUBLED.sub(r"\1", word)):
            if bare in self._known:
                return [bare]
        bare = _DOUBLED.sub(r"\1", _TELEX.sub("", word))
        if bare in self._known:
            return [bare]
        if len(word) >= _SPLIT_MIN:
            for cut in range(2, len(word) - 1):
                if f"{word[:cut]}_{word[cut:]}" in self._vocabulary:
                    return [word[:cut], word[cut:]]
        nearest = process.extract(
            word, self._words, scorer=OSA.distance, score_cutoff=1, limit=_NEAR_MAX
        )
        near = [other for other, _, _ in nearest]
        # Slips keep the letters, or miss the end, more often than they change the beginning.
        near.sort(key=lambda other: (sorted(other) != sorted(word), other[0] != word[0], other))
        return near[:1] or [word]


def _phrases(content: Sequence[Term], kind: str) -> dict[tuple[str, ...], str]:
    return {tuple(asked(term.text)): term.target for term in content if term.kind == kind}


def _longest(
    phrases: Mapping[tuple[str, ...], str], words: Sequence[str], at: int
) -> tuple[int, str]:
    for size in range(min(_PHRASE_MAX, len(words) - at), 0, -1):
        target = phrases.get(tuple(words[at : at + size]))
        if target is not None:
            return size, target
    return 0, ""


def _found(
    phrases: Mapping[tuple[str, ...], str], words: Sequence[str]
) -> list[tuple[tuple[str, ...], str]]:
    """Return every phrase that stands somewhere in the words."""
    return [
        (phrase, phrases[phrase])
        for size in range(1, _PHRASE_MAX + 1)
        for at in range(len(words) - size + 1)
        if (phrase := tuple(words[at : at + size])) in phrases
    ]
