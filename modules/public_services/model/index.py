"""The search index: two lists of postings with weights computed once, as bytes and in memory.

List A is what a citizen would say (titles, plain titles, situations); list B is all that the
record says. A posting is a document and its BM25 weight, so a query only adds numbers.
"""

import math
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Final, Literal

import msgspec

from modules.public_services.model.folding import syllables, terms
from modules.public_services.model.procedures import Audience, ChannelKind, Level, OnlineLevel

_K1: Final = 1.2
_B: Final = 0.75

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
    documents: tuple[Document, ...]
    terms: tuple[Term, ...]
    vocabulary: tuple[str, ...]
    sizes: tuple[int, ...]


def build(documents: Sequence[Document], content: Sequence[Term]) -> Index:
    """Weigh every term of every document."""
    aimed: dict[str, list[str]] = {}
    for term in content:
        if term.kind in {"phrase", "best_bet"}:
            aimed.setdefault(term.target, []).append(term.text)
    said = [_said(each, aimed.get(each.code, ())) for each in documents]
    recorded = [_recorded(each) for each in documents]
    words = sorted({word for counts in (*said, *recorded) for word in counts})
    vocabulary = {word: number for number, word in enumerate(words)}
    return Index(
        documents=tuple(documents),
        terms=tuple(content),
        vocabulary=vocabulary,
        said=_weighed(said, vocabulary),
        recorded=_weighed(recorded, vocabulary),
    )


def _said(document: Document, aimed: Iterable[str]) -> Counter[str]:
    counts: Counter[str] = Counter()
    _add(counts, document.title, 2.0)
    _add(counts, document.plain_title, 2.0)
    for text in (*document.situations, *aimed):
        _add(counts, text, 1.0)
    return counts


def _recorded(document: Document) -> Counter[str]:
    counts: Counter[str] = Counter()
    _add(counts, document.title, 6.0)
    _add(counts, document.plain_title, 6.0)
    _add(counts, document.field_name, 1.5)
    for text in (*document.situations, *document.keywords):
        _add(counts, text, 2.0)
    for text in document.results:
        _add(counts, text, 1.0)
    for text in document.papers:
        _add(counts, text, 0.1)
    return counts


def _add(counts: Counter[str], text: str, weight: float) -> None:
    for term in terms(syllables(text)):
        counts[term] += weight  # type: ignore[assignment] - weights, not only whole counts


def _weighed(counted: Sequence[Counter[str]], vocabulary: Mapping[str, int]) -> Postings:
    lengths = [sum(counts.values()) for counts in counted]
    mean = sum(lengths) / max(len(lengths), 1) or 1.0
    found: list[list[tuple[int, float]]] = [[] for _ in vocabulary]
    for document, counts in enumerate(counted):
        norm = _K1 * (1 - _B + _B * lengths[document] / mean)
        for word, count in counts.items():
            found[vocabulary[word]].append((document, count * (_K1 + 1) / (count + norm)))
    starts, documents, weights = array("I", [0]), array("I"), array("f")
    for postings in found:
        idf = math.log(1 + (len(counted) - len(postings) + 0.5) / (len(postings) + 0.5))
        for document, weight in postings:
            documents.append(document)
            weights.append(weight * idf)
        starts.append(len(documents))
    return Postings(starts, documents, weights)


def packed(index: Index) -> bytes:
    """Return the index as bytes: a header, the arrays as they are, and the digest of both."""
    arrays = [
        part
        for postings in (index.said, index.recorded)
        for part in (postings.starts, postings.documents, postings.weights)
    ]
    header = msgspec.msgpack.encode(
        _Header(
            documents=index.documents,
            terms=index.terms,
            vocabulary=tuple(index.vocabulary),
            sizes=tuple(len(part) * part.itemsize for part in arrays),
        )
    )
    body = b"".join([len(header).to_bytes(4, "big"), header, *(part.tobytes() for part in arrays)])
    return sha256(body).digest() + body


def unpacked(content: bytes) -> Index:
    """Return the index that `packed` made bytes of. Raises ValueError when they were damaged."""
    view = memoryview(content)
    if sha256(view[32:]).digest() != content[:32]:
        raise ValueError("the digest of the search index does not fit")
    size = int.from_bytes(view[32:36], "big")
    header = msgspec.msgpack.decode(view[36 : 36 + size], type=_Header)
    at = 36 + size
    arrays: list[bytes] = []
    for length in header.sizes:
        arrays.append(bytes(view[at : at + length]))
        at += length
    return Index(
        documents=header.documents,
        terms=header.terms,
        vocabulary={word: number for number, word in enumerate(header.vocabulary)},
        said=_postings(arrays[:3]),
        recorded=_postings(arrays[3:]),
    )


def _postings(parts: Sequence[bytes]) -> Postings:
    starts, documents = array("I"), array("I")
    weights = array("f")
    starts.frombytes(parts[0])
    documents.frombytes(parts[1])
    weights.frombytes(parts[2])
    return Postings(starts, documents, weights)
