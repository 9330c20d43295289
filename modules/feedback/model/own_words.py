"""A reporter's own name in what the reporter writes: nobody who deals with a report reads it."""

import re
from collections.abc import Callable, Collection, Iterator
from typing import Final, TypeAlias

from backend.kernel import folded
from modules.feedback.model.masks import Edges

Mark: TypeAlias = bytes
"""How many words, in one byte, and a keyed digest of them."""

_WORD: Final = re.compile(r"\w+")
_DIGEST_BYTES: Final = 16
_WORDS_MAX: Final = 8


def marks(name: str, mac: Callable[[bytes], bytes]) -> frozenset[Mark]:
    """Return what finds a name again: the whole of it, and its last two words.

    Several words are found however they are capitalised, with or without marks. A name of one word
    may be any word, so it is found only as it was written.
    """
    words = _WORD.findall(name)[:_WORDS_MAX]
    wanted = [words] if len(words) <= 2 else [words, words[-2:]]
    return frozenset(_mark(each, mac) for each in wanted if each)


def found(text: str, wanted: Collection[Mark], mac: Callable[[bytes], bytes]) -> list[Edges]:
    """Return where the names stand in a text, in order, none over another."""
    sizes = sorted({mark[0] for mark in wanted}, reverse=True)
    edges: list[Edges] = []
    for start, end in sorted(_standing(text, sizes, wanted, mac)):
        if edges and start < edges[-1][1]:
            edges[-1] = edges[-1][0], max(end, edges[-1][1])
        else:
            edges.append((start, end))
    return edges


def _standing(
    text: str, sizes: Collection[int], wanted: Collection[Mark], mac: Callable[[bytes], bytes]
) -> Iterator[Edges]:
    words = list(_WORD.finditer(text))
    for size in sizes:
        for first in range(len(words) - size + 1):
            window = words[first : first + size]
            if _mark([word[0] for word in window], mac) in wanted:
                yield window[0].start(), window[-1].end()


def _mark(words: list[str], mac: Callable[[bytes], bytes]) -> Mark:
    said = words[0] if len(words) == 1 else folded(" ".join(words))
    return bytes([len(words)]) + mac(said.encode())[:_DIGEST_BYTES]
