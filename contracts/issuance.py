"""Many documents at once, such as a school year: all are looked at before one is signed."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal, Protocol, TypeAlias
from uuid import UUID

import msgspec

from contracts.documents import Defect, LinkTo, Reader
from contracts.event import Event

RunState: TypeAlias = Literal["gathering", "looking", "refused", "running", "paused"]
"""How far a run has come. `refused`: something in it cannot be signed, so nothing of it was asked
to be; `running`: what has no defect is printed, signed, sealed and issued."""


class BulkItem(msgspec.Struct, frozen=True, kw_only=True):
    """A document to be issued: what `Documents.draft` takes, under the kind's own key for it."""

    key: str
    content: msgspec.Struct
    people: Mapping[str, UUID]
    readers: Sequence[Reader] = ()
    links: Sequence[LinkTo] = ()


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """A run and how many of its documents stand where.

    `counts` has a member for each state in which there are any: `queued`, `refused` or `failed`
    before it is frozen, a revision's state afterwards.
    """

    id: UUID
    kind: str
    name: str
    state: RunState
    counts: dict[str, int]


class Wrong(msgspec.Struct, frozen=True, kw_only=True):
    """What keeps a document of a run from being signed; `line` counts as handed in, from 1."""

    line: int
    key: str
    state: Literal["queued", "refused", "failed", "frozen"]
    defects: tuple[Defect, ...]


class Bulk(Protocol):
    """Provided by `documents` for modules of kinds whose documents come by the thousand.

    An agency's run: begun, filled in parts, closed. Jobs of the house then look at all of it and,
    when nothing is wrong with any, freeze each document once; people sign as they always do, and
    the house seals, logs and issues. Ask a `Transaction`.
    """

    async def open(self, kind: str, agency_id: UUID, name: str) -> Run:
        """Open a run of a kind's documents, called `name` by whoever reads how far it is."""
        ...

    async def add(self, run_id: UUID, items: Sequence[BulkItem]) -> int:
        """Add documents while a run is gathering; return how many were new.

        A key that is in a run already that was not refused, or under which there is a document,
        is passed over: what is handed in again is there once.
        """
        ...

    async def close(self, run_id: UUID) -> None:
        """Say that nothing more comes. From now on the house goes on by itself."""
        ...

    async def progress(self, run_id: UUID) -> Run | None:
        """Return how far a run has come; None when it is not of the caller's agency."""
        ...

    async def wrong(self, run_id: UUID, most: int) -> Sequence[Wrong]:
        """Return what is wrong with a run's documents, in their order, `most` of them at most."""
        ...


class Numbered(msgspec.Struct, frozen=True, kw_only=True):
    """Which document a key has become."""

    key: str
    document_id: UUID


class BulkFrozen(Event, frozen=True, kw_only=True, tag="documents.bulk-frozen.v1"):
    """Some documents of a run wait for signatures; their bytes change no more."""

    about: ClassVar[str] = "run_id"
    run_id: UUID
    kind: str
    documents: tuple[Numbered, ...]
