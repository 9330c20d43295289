"""Which version of a secret is used, and which are still accepted."""

from collections.abc import Callable, Sequence
from typing import Final, Generic, NamedTuple, TypeVar

from backend.kms.boundary import Digests, NotSealedHere

RESTS_SECONDS: Final = 60
"""A fresh version is used once every process must have seen it."""

LOOKED_UP_SECONDS: Final = 5.0
"""How long a process believes what it has seen of a secret's versions."""

_DIGEST_BYTES: Final = 16

K = TypeVar("K")
Mac = Callable[[K, bytes], bytes]


class Version(NamedTuple, Generic[K]):
    """One version of a secret, and when it was made (seconds since 1970)."""

    number: int
    made_at: float
    key: K


def in_use(versions: Sequence[Version[K]], now: float) -> int:
    """Return the place, in `versions` from the oldest, of the one that is used now."""
    rested = [place for place, v in enumerate(versions) if now - v.made_at >= RESTS_SECONDS]
    return rested[-1] if rested else 0


def accepted(versions: Sequence[Version[K]], now: float) -> list[Version[K]]:
    """Return those that may be met, the one in use first; the rest are forgotten."""
    place = in_use(versions, now)
    others = [v for n, v in enumerate(versions) if n >= place - 1 and n != place]
    return [versions[place], *reversed(others)]


def chained(versions: Sequence[Version[K]], mac: Mac[K], message: bytes, now: float) -> Digests:
    """Return a message's digests by all links; each later one says which it is."""
    known = [mac(versions[0].key, message)[:_DIGEST_BYTES]]
    for place in range(1, len(versions)):
        known.append(_next(versions, mac, known[-1], place))
    return Digests(known[in_use(versions, now)], tuple(known))


def carried(versions: Sequence[Version[K]], mac: Mac[K], digest: bytes, now: float) -> Digests:
    """Return a digest by its link and all later ones. Raises `NotSealedHere` for one unheard of."""
    began = _place(digest)
    if not 0 <= began < len(versions):
        raise NotSealedHere
    known = [digest]
    for place in range(began + 1, len(versions)):
        known.append(_next(versions, mac, known[-1], place))
    return Digests(known[max(in_use(versions, now) - began, 0)], tuple(known))


def _next(versions: Sequence[Version[K]], mac: Mac[K], digest: bytes, place: int) -> bytes:
    made = mac(versions[place].key, digest[-_DIGEST_BYTES:])[:_DIGEST_BYTES]
    return bytes([place + 1]) + made


def _place(digest: bytes) -> int:
    if len(digest) == _DIGEST_BYTES:
        return 0
    return digest[0] - 1 if len(digest) == _DIGEST_BYTES + 1 else -1
