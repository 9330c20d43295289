"""Answering a question from an index: rare words first, two lists, their ranks fused."""

import heapq
import math
from bisect import bisect_left
from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from modules.public_services.model.folding import asked, syllables
from modules.public_services.model.index import Document, Index, Postings
from modules.public_services.model.procedures import Audience, ChannelKind, Level
from modules.public_services.model.question import Question, Reader

_CANDIDATES: Final = 400
_COMMON: Final = 16
_FUSION: Final = 20
_MEANT: Final = 0.6
_COVERED_MIN: Final = 0.35
_KEPT_MAX: Final = 1_000


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer is narrowed to."""

    level: Level | None = None
    field: str | None = None
    audience: Audience | None = None
    channel: ChannelKind | None = None
    free: bool | None = None
    codes: frozenset[str] | None = None

    def admits(self, document: Document) -> bool:
        return (
            (self.level is None or self.level in document.levels)
            and (self.field is None or self.field == document.field_code)
            and (self.audience is None or self.audience in document.audiences)
            and (self.channel is None or self.channel in document.channels)
            and (self.free is None or self.free == document.free)
            and (self.codes is None or document.code in self.codes)
        )


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """The documents that answer, best first, with their scores."""

    question: Question
    ranked: tuple[tuple[int, float], ...]
    coverage: float

    @property
    def answerable(self) -> bool:
        return bool(self.ranked) and self.coverage >= _COVERED_MIN


class Engine:
    """One index in the memory of one process."""

    def __init__(self, index: Index, version: int) -> None:
        self.index, self.version = index, version
        self._reader = Reader(index)
        self._numbers = {document.code: n for n, document in enumerate(index.documents)}
        self._exact = self._told_exactly()
        self._kept: OrderedDict[tuple[str, Filters], Found] = OrderedDict()
        self._prefixes = sorted(
            (" ".join(syllables(text)), number)
            for number, document in enumerate(index.documents)
            for text in {document.plain_title, document.title}
            if text
        )

    def _told_exactly(self) -> dict[str, tuple[int, ...]]:
        """Return what is somebody's best bet, all of a title, or a sentence of one procedure."""
        titled: dict[str, tuple[int, ...]] = {}
        said: dict[str, tuple[int, ...]] = {}
        for number, document in enumerate(self.index.documents):
            for text in {document.plain_title, document.title} - {""}:
                words = " ".join(asked(text))
                titled[words] = (*titled.get(words, ()), number)
            for text in document.situations:
                words = " ".join(asked(text))
                said[words] = (*said.get(words, ()), number)
        bets = [each for each in self.index.terms if each.kind == "best_bet"]
        return (
            said
            | titled
            | {
                " ".join(asked(each.text)): (self._numbers[each.target],)
                for each in bets
                if each.target in self._numbers
            }
        )

    def knows(self, code: str) -> bool:
        """Tell whether a code is of a procedure in force."""
        return code in self._numbers

    def named(self, codes: Sequence[str]) -> Found:
        """Return procedures by their codes, in that order."""
        known = [self._numbers[code] for code in codes if code in self._numbers]
        ranked = tuple((number, 1.0) for number in known)
        return Found(question=self._reader.read(""), ranked=ranked, coverage=1.0)

    def search(self, text: str, filters: Filters) -> Found:
        """Return what answers best; the same question again costs nothing."""
        kept = self._kept.get((text, filters))
        if kept is not None:
            self._kept.move_to_end((text, filters))
            return kept
        found = self._search(text, filters)
        self._kept[text, filters] = found
        if len(self._kept) > _KEPT_MAX:
            self._kept.popitem(last=False)
        return found

    def _search(self, text: str, filters: Filters) -> Found:
        question = self._reader.read(text)
        code = self._numbers.get(text.strip())
        if code is not None:
            return Found(question=question, ranked=((code, 1.0),), coverage=1.0)
        admitted = None
        if filters != Filters():
            documents = self.index.documents
            admitted = {n for n, document in enumerate(documents) if filters.admits(document)}
        weights = dict.fromkeys(question.meant, _MEANT) | dict.fromkeys(question.terms, 1.0)
        asked_for = {
            self.index.vocabulary[term]: weight
            for term, weight in weights.items()
            if term in self.index.vocabulary
        }
        fused: Counter[int] = Counter()
        for postings in (self.index.said, self.index.recorded):
            for place, number in enumerate(self._ranking(postings, asked_for, admitted)):
                fused[number] += 1 / (_FUSION + place + 1)  # type: ignore[assignment]
        for best in self._exact.get(" ".join(question.words), ()):
            if admitted is None or best in admitted:
                fused[best] += 1.0  # type: ignore[assignment] - above what two lists can give
        documents = self.index.documents
        ranked = sorted(fused.items(), key=lambda pair: (-pair[1], documents[pair[0]].code))
        coverage = self._coverage(question, ranked[0][0]) if ranked else 0.0
        return Found(question=question, ranked=tuple(ranked), coverage=coverage)

    def _ranking(
        self, postings: Postings, asked_for: Mapping[int, float], admitted: set[int] | None
    ) -> list[int]:
        """Return the best documents of one list; common terms only order what rare ones found."""
        limit = max(len(self.index.documents) // _COMMON, _CANDIDATES)
        sizes = {term: postings.starts[term + 1] - postings.starts[term] for term in asked_for}
        rare = [term for term in asked_for if 0 < sizes[term] <= limit] or [*asked_for]
        scores: dict[int, float] = {}
        documents, weights = postings.documents, postings.weights
        for term in rare:
            boost = asked_for[term]
            start, end = postings.of(term)
            for at in range(start, end):
                document = documents[at]
                scores[document] = scores.get(document, 0.0) + weights[at] * boost
        if admitted is not None:
            scores = {number: score for number, score in scores.items() if number in admitted}
        best = heapq.nlargest(_CANDIDATES, scores, key=scores.__getitem__)
        for term in asked_for.keys() - set(rare):
            start, end = postings.of(term)
            for document in best:
                at = bisect_left(documents, document, start, end)
                if at < end and documents[at] == document:
                    scores[document] += weights[at] * asked_for[term]
        best.sort(key=scores.__getitem__, reverse=True)
        return best

    def _coverage(self, question: Question, number: int) -> float:
        """Return how much of the question's weight the best document has.

        A word that only editors know counts by what they say that it means.
        """
        total = matched = 0.0
        known = any(word in self.index.vocabulary for word in question.words)
        for word in question.words if known else question.meant:
            term = self.index.vocabulary.get(word)
            start, end = (0, 0) if term is None else self.index.recorded.of(term)
            weight = math.log(1 + len(self.index.documents) / (1 + end - start))
            total += weight
            at = bisect_left(self.index.recorded.documents, number, start, end)
            matched += weight * (at < end and self.index.recorded.documents[at] == number)
        return matched / total if total else 0.0

    def suggest(self, text: str, most: int) -> list[Document]:
        """Return procedures whose title, plain or legal, begins like this."""
        prefix = " ".join(asked(text))
        at = bisect_left(self._prefixes, (prefix, -1))
        found: dict[int, None] = {}
        while at < len(self._prefixes) and len(found) < most:
            words, number = self._prefixes[at]
            if not words.startswith(prefix):
                break
            found.setdefault(number)
            at += 1
        return [self.index.documents[number] for number in found]


def marks(title: str, words: Sequence[str]) -> tuple[tuple[int, int], ...]:
    """Return where words of the question stand in a title, as (start, end) in characters."""
    wanted = set(words)
    found: list[tuple[int, int]] = []
    at = 0
    for word in title.split(" "):
        if wanted & set(syllables(word)):
            found.append((at, at + len(word)))
        at += len(word) + 1
    return tuple(found)


def because(document: Document, words: Sequence[str]) -> str:
    """Return the sentence of citizens that a question comes nearest to, if no title comes nearer.

    It says why something was found whose title has none of the words.
    """
    wanted = set(words)

    def shared(text: str) -> int:
        return len(wanted.intersection(syllables(text)))

    nearest = max(document.situations, key=shared, default="")
    return nearest if shared(nearest) > shared(f"{document.title} {document.plain_title}") else ""
