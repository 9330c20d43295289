"""One timestamp for many signatures: a tree of their hashes, each with its way up (RFC 4998 §4).

A tree of one is the signature's own hash, so its token is what JAdES calls `sigTst` (ETSI TS
119 182-1 §5.3.4): over the base64url text of the signature.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import Annotated, Final, NamedTuple

import msgspec
from msgspec import Meta

from modules.documents.model.jws import Thumbprint, encoded

PATH_MAX: Final = 16
"""Levels of a tree: 65,536 signatures under one token, far more than are ever made at one go."""


class Timestamp(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A token (RFC 3161, DER in base64url), and the hashes beside the way up to what it is over."""

    path: Annotated[tuple[Thumbprint, ...], Meta(max_length=PATH_MAX)]
    token: Annotated[str, Meta(max_length=16_384)]


class Tree(NamedTuple):
    """A tree over some texts."""

    top: bytes
    """That of which a token has to be: its SHA-256 is the root."""
    paths: tuple[bytes, ...]
    """For each text the hashes beside its way up, of 32 bytes each."""


def grown(texts: Sequence[str]) -> Tree:
    """Return the tree over texts, one at least."""
    top = texts[0].encode()
    paths: list[list[bytes]] = [[] for _ in texts]
    level = [(sha256(each.encode()).digest(), [place]) for place, each in enumerate(texts)]
    while len(level) > 1:
        above: list[tuple[bytes, list[int]]] = []
        for (left, lefts), (right, rights) in zip(level[::2], level[1::2], strict=False):
            for place in lefts:
                paths[place].append(right)
            for place in rights:
                paths[place].append(left)
            top = _joined(left, right)
            above.append((sha256(top).digest(), lefts + rights))
        level = above + level[len(above) * 2 :]
    return Tree(top, tuple(map(b"".join, paths)))


def shown(token: bytes, path: bytes) -> Timestamp:
    """Return a timestamp as it travels; `path` is hashes of 32 bytes, one after the other."""
    hashes = (path[start : start + 32] for start in range(0, len(path), 32))
    return Timestamp(path=tuple(map(encoded, hashes)), token=encoded(token))


def of_all(kept: Sequence[tuple[bytes | None, bytes | None]]) -> tuple[Timestamp, ...]:
    """Return the timestamps of a document's signatures; nothing unless each has one.

    Some were made before there were any: then the log alone tells when all of them were there.
    """
    found = [shown(token, path) for token, path in kept if token is not None and path is not None]
    return tuple(found) if len(found) == len(kept) else ()


def root(text: str, path: Sequence[bytes]) -> bytes:
    """Return the root of the tree in which a text has this way up."""
    found = sha256(text.encode()).digest()
    for each in path:
        found = sha256(_joined(found, each)).digest()
    return found


def _joined(one: bytes, another: bytes) -> bytes:
    """Return two hashes in their order: a text of a signature is never as short as both."""
    return min(one, another) + max(one, another)
