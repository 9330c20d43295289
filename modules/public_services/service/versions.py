"""Writing what others may be writing, too: whoever saw the present version goes first."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from backend.kernel import VersionStale

Kept = TypeVar("Kept")


class Versioned(Protocol):
    """A thing that counts how often it was written; one that is not there yet is at 0."""

    @property
    def version(self) -> int: ...


async def settled(kept: Kept | None, current: Callable[[], Awaitable[Versioned | None]]) -> Kept:
    """Return what a statement kept; raise `VersionStale` when it kept nothing.

    The statement itself compares versions, so of two that write at once one is refused. `current`
    is asked only then.
    """
    if kept is not None:
        return kept
    found = await current()
    raise VersionStale(current_version=0 if found is None else found.version)
