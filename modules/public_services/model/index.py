"""The search index: two lists of postings with weights computed once, as bytes and in memory.

List A is what a citizen would say (titles, plain titles, situations); list B is all that the
record says. A posting is a document and its BM25 weight, so a query only adds numbers.
"""

import math
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import accumulate, pairwise
from typing import Final, Literal, TypeVar

import msgspec

from modules.public_services.model.folding import syllables
from modules.public_services.model.procedures import (
    Audience,
    ChannelKind,
    CitizenText,
    Level,
    OnlineLevel,
    Record,
)

_K1: Final = 1.2
_B: Final = 0.75
_DOCUMENTS_A_PIECE: Final = 250
_WORDS_A_PIECE: Final = 5_000
T = TypeVar("T")

TermKind = Literal["phrase", "synonym", "abbreviation", "drop_phrase", "best_bet"]


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A procedure as it is searched and shown in an answer."""

    code: str
    title: str
    plain_title: str
    summary: str
    situations: tuple[str, ...]
    levels: tuple[Level, ...]
    field_code: str
    field_name: str
    audiences: tuple[Audience, ...]
    channels: tuple[ChannelKind, ...]
    free: bool
    online_level: OnlineLevel
    papers: tuple[str, ...] = ()
    results: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()


def document_of(record: Record) -> Document:
    """Return a procedure as it is searched, straight from a file."""
    head, body, text = record.head, record.body, record.text or CitizenText(plain_title="")
    return Document(
        code=record.code,
        title=head.title,
        plain_title=text.plain_title,
        summary=text.summary,
        situations=text.situations,
        levels=head.levels,
        field_code=head.field_code,
        field_name=head.field_name,
        audiences=head.audiences,
        channels=head.channels,
        free=head.free,
        online_level=head.online_level,
        papers=tuple(paper.name for case in body.cases for paper in case.papers),
        results=tuple(result.title for result in body.results),
        keywords=body.keywords,
    )


class Term(msgspec.Struct, frozen=True, kw_only=True):
    """Words that people use: what they mean (`target`) is an expansion, an intent or a code."""

    kind: TermKind
    text: str
    target: str


class Postings:
    """Of each term the documents that have it, ascending, and their weights."""

    def __init__(
        self, starts: "array[int]", documents: "array[int]", weights: "array[float]"
    ) -> None:
        self.starts, self.documents, self.weights = starts, documents, weights

    def of(self, term: int) -> tuple[int, int]:
        """Return where the postings of a term begin and end."""
        return self.starts[term], self.starts[term + 1]


class Index(msgspec.Struct, frozen=True, kw_only=True):
    """All that a search needs. It is never changed; a new one takes its place."""

    documents: tuple[Document, ...]
    terms: tuple[Term, ...]
    vocabulary: Mapping[str, int]
    said: Postings
    recorded: Postings


class _Header(msgspec.Struct, frozen=True, kw_only=True):
    terms: tuple[Term, ...]
    documents: tuple[int, ...]
    vocabulary: tuple[int, ...]
    arrays: tuple[int, ...]
    """Sizes in bytes of what follows: pieces of documents, pieces of words, arrays."""


class _Lexicon:
    """Gives each term a number; a word that was met before is not folded again."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self._folded: dict[str, tuple[int, ...]] = {}
        self._pairs: dict[tuple[int, int], int] = {}
        self._words: list[str] = []

    def _number(self, term: str) -> int:
        found = self.numbers.setdefault(term, len(self.numbers))
        if found == len(self._words):
            self._words.append(term)
        return found

    def of(self, text: str) -> list[int]:
        """Return the numbers of the text's syllables and of each pair of neighbours."""
        found: list[int] = []
        for word in text.split():
            numbers = self._folded.get(word)
            if numbers is None:
                numbers = tuple(self._number(each) for each in syllables(word))
                self._folded[word] = numbers
            found += numbers
        pairs: list[int] = []
        for pair in pairwise(found):
            number = self._pairs.get(pair)
            if number is None:
                left, right = pair
                number = self._number(f"{self._words[left]}_{self._words[right]}")
                self._pairs[pair] = number
            pairs.append(number)
        return found + pairs


def build(documents: Sequence[Document], content: Sequence[Term]) -> Index:
    """Weigh every term of every document."""
    aimed: dict[str, list[str]] = {}
    for term in content:
        if term.kind in {"phrase", "best_bet"}:
            aimed.setdefault(term.target, []).append(term.text)
    lexicon = _Lexicon()
    said: list[dict[int, float]] = []
    recorded: list[dict[int, float]] = []
    for each in documents:
        _count(each, aimed.get(each.code, ()), lexicon, said, recorded)
    return Index(
        documents=tuple(documents),
        terms=tuple(content),
        vocabulary=lexicon.numbers,
        said=_weighed(said, len(lexicon.numbers)),
        recorded=_weighed(recorded, len(lexicon.numbers)),
    )


def _count(
    document: Document,
    aimed: Iterable[str],
    lexicon: _Lexicon,
    said: list[dict[int, float]],
    recorded: list[dict[int, float]],
) -> None:
    """Count a document's terms in both lists."""
    citizens: dict[int, float] = {}
    record: dict[int, float] = {}
    for text in (document.title, document.plain_title):
        numbers = lexicon.of(text)
        _add(citizens, numbers, 2.0)
        _add(record, numbers, 6.0)
    for text in document.situations:
        numbers = lexicon.of(text)
        _add(citizens, numbers, 1.0)
        _add(record, numbers, 2.0)
    for text in aimed:
        _add(citizens, lexicon.of(text), 1.0)
    for text in document.keywords:
        _add(record, lexicon.of(text), 2.0)
    _add(record, lexicon.of(document.field_name), 1.5)
    for text in document.results:
        _add(record, lexicon.of(text), 1.0)
    for text in document.papers:
        _add(record, lexicon.of(text), 0.1)
    said.append(citizens)
    recorded.append(record)


def _add(counts: dict[int, float], numbers: Iterable[int], weight: float) -> None:
    for number in numbers:
        counts[number] = counts.get(number, 0.0) + weight


def _weighed(counted: Sequence[dict[int, float]], size: int) -> Postings:
    lengths = [sum(counts.values()) for counts in counted]
    mean = sum(lengths) / max(len(lengths), 1) or 1.0
    having = [0] * size
    for counts in counted:
        for number in counts:
            having[number] += 1
    starts = array("I", accumulate(having, initial=0))
    idf = [math.log(1 + (len(counted) - n + 0.5) / (n + 0.5)) * (_K1 + 1) for n in having]
    place = starts.tolist()
    documents, weights = array("I", bytes(4 * starts[-1])), array("f", bytes(4 * starts[-1]))
    for document, counts in enumerate(counted):
        norm = _K1 * (1 - _B + _B * lengths[document] / mean)
        for number, count in counts.items():
            at = place[number]
            place[number] = at + 1
            documents[at] = document
            weights[at] = count * idf[number] / (count + norm)
    return Postings(starts, documents, weights)


def packed(index: Index) -> bytes:
    """Return the index as bytes: a header, pieces, the arrays as they are, and a digest of all.

    Documents and words lie in pieces, so that no reading of one holds a process up for long.
    What only the weights were made of is left out.
    """
    shown = [
        msgspec.structs.replace(each, papers=(), results=(), keywords=())
        for each in index.documents
    ]
    encode = msgspec.msgpack.encode
    documents = [encode(piece) for piece in _pieces(shown, _DOCUMENTS_A_PIECE)]
    vocabulary = [encode(piece) for piece in _pieces([*index.vocabulary], _WORDS_A_PIECE)]
    arrays = [
        part.tobytes()
        for postings in (index.said, index.recorded)
        for part in (postings.starts, postings.documents, postings.weights)
    ]
    header = encode(
        _Header(
            terms=index.terms,
            documents=tuple(map(len, documents)),
            vocabulary=tuple(map(len, vocabulary)),
            arrays=tuple(map(len, arrays)),
        )
    )
    size = len(header).to_bytes(4, "big")
    body = b"".join([size, header, *documents, *vocabulary, *arrays])
    return sha256(body).digest() + body


def _pieces(whole: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (whole[at : at + size] for at in range(0, len(whole), size))


def unpacked(content: bytes) -> Index:
    """Return the index that `packed` made bytes of. Raises ValueError when they were damaged."""
    view = memoryview(content)
    if sha256(view[32:]).digest() != content[:32]:
        raise ValueError("the digest of the search index does not fit")
    size = int.from_bytes(view[32:36], "big")
    header = msgspec.msgpack.decode(view[36 : 36 + size], type=_Header)
    at = 36 + size
    documents: list[Document] = []
    words: list[str] = []
    for length in header.documents:
        documents += msgspec.msgpack.decode(view[at : at + length], type=list[Document])
        at += length
    for length in header.vocabulary:
        words += msgspec.msgpack.decode(view[at : at + length], type=list[str])
        at += length
    arrays: list[memoryview] = []
    for length in header.arrays:
        arrays.append(view[at : at + length])
        at += length
    return Index(
        documents=tuple(documents),
        terms=header.terms,
        vocabulary={word: number for number, word in enumerate(words)},
        said=_postings(arrays[:3]),
        recorded=_postings(arrays[3:]),
    )


def _postings(parts: Sequence[memoryview]) -> Postings:
    starts, documents = array("I"), array("I")
    weights = array("f")
    starts.frombytes(parts[0])
    documents.frombytes(parts[1])
    weights.frombytes(parts[2])
    return Postings(starts, documents, weights)
