"""Which version of a secret is used, and which are still accepted."""

from collections.abc import Sequence
from typing import Final, Generic, NamedTuple, TypeVar

RESTS_SECONDS: Final = 60
"""A fresh version is used once every process must have seen it."""

LOOKED_UP_SECONDS: Final = 5.0
"""How long a process believes what it has seen of a secret's versions."""

K = TypeVar("K")


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
