"""What registrars see of signing as it goes on, and keepers of trust of the log."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, Literal, TypeAlias
from uuid import UUID

import msgspec

from backend.kernel import Snapshot
from contracts.documents import Standing
from contracts.page import Page
from modules.documents.model.statuses import Status
from modules.documents.repository import desk as repository
from modules.documents.repository import log as entries
from modules.documents.repository.desk import Amended, Asked, Step, Waiting
from modules.documents.service import log, reading

Counts: TypeAlias = Literal["valid", "suspended", "revoked", "superseded"]

_COSIGNED: Final = "— "
_WORDS: Final[Mapping[Status, Counts]] = {
    Status.VALID: "valid",
    Status.REVOKED: "revoked",
    Status.SUSPENDED: "suspended",
    Status.SUPERSEDED: "superseded",
}


class Cosignature(msgspec.Struct, frozen=True, kw_only=True):
    """A line below the latest checkpoint: by whom."""

    name: str
    is_witness: bool


class LogHealth(msgspec.Struct, frozen=True, kw_only=True):
    """How far the log has come, and how far those who sign for it.

    `unsigned` entries have a place and no checkpoint yet; `pending` ones wait for a place. Both
    return to 0 within seconds while a worker runs.
    """

    size: int
    pending: int
    signed_size: int
    signed_at: datetime | None
    checkpoint: str | None
    cosignatures: tuple[Cosignature, ...]

    @property
    def unsigned(self) -> int:
        """Return how many entries no checkpoint covers."""
        return self.size - self.signed_size


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """A document as a registrar may stop it: how it stands and counts, and who wants it revoked."""

    standing: Standing
    counts: Counts | None
    """What its status list says; null before its first revision is issued."""
    asked: tuple[Asked, ...]


async def steps(snapshot: Snapshot) -> Sequence[Step]:
    """Return how many of the agency's documents wait for whom, run by run."""
    return await snapshot.all(repository.STEPS, _ours(snapshot))


async def waiting(
    snapshot: Snapshot, run_id: UUID | None, cursor: str | None, limit: int
) -> Page[Waiting]:
    """Return the agency's documents that wait for signatures, of one run or of all."""
    return await snapshot.page(repository.WAITING, cursor, limit, _ours(snapshot), run_id)


async def waiting_count(snapshot: Snapshot) -> int:
    """Return how many of the agency's documents wait for signatures."""
    return (await snapshot.one(repository.WAITING_COUNT, _ours(snapshot))).number


async def undecided_count(snapshot: Snapshot) -> int:
    """Return how many changes of the trust store wait for somebody like the caller."""
    return (await snapshot.one(repository.UNDECIDED_COUNT, snapshot.principal.staff_id)).number


async def amended(snapshot: Snapshot, cursor: str | None, limit: int) -> Page[Amended]:
    """Return later revisions of the agency's documents, the newest document first."""
    return await snapshot.page(repository.AMENDED, cursor, limit, _ours(snapshot))


async def paper(snapshot: Snapshot, document_id: UUID) -> Paper:
    """Return how a document of the agency stands. Raises `NotFound`."""
    standing = await reading.standing(snapshot, document_id)
    counting = await snapshot.maybe(repository.COUNTING, document_id)
    counts = None if counting is None else _WORDS[Status(counting.value)]
    asked = await snapshot.all(repository.ASKED, document_id)
    return Paper(standing=standing, counts=counts, asked=tuple(asked))


async def log_health(snapshot: Snapshot) -> LogHealth:
    """Return how far the log and those who sign for it have come."""
    length = await snapshot.one(repository.LENGTH)
    latest = await snapshot.maybe(entries.LATEST)
    return LogHealth(
        size=length.size,
        pending=length.pending,
        signed_size=0 if latest is None else latest.size,
        signed_at=None if latest is None else latest.cosigned_at,
        checkpoint=None if latest is None else latest.note,
        cosignatures=() if latest is None else _cosignatures(snapshot, latest.note),
    )


def _cosignatures(snapshot: Snapshot, note: str) -> tuple[Cosignature, ...]:
    names = (line.split()[1] for line in note.splitlines() if line.startswith(_COSIGNED))
    ours = log.origin(snapshot.base_url)
    return tuple(Cosignature(name=name, is_witness=name != ours) for name in names)


def _ours(snapshot: Snapshot) -> list[UUID]:
    return sorted(snapshot.principal.agencies)
