"""Runs, as those see them who hand in a year: begun, filled, closed, watched, paused."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from backend.kernel import NotFound, Snapshot, Transaction
from contracts.issuance import BulkItem, Run, Wrong
from contracts.keys import DataKeys
from contracts.page import Page
from modules.documents.errors import NotRunning
from modules.documents.model.envelope import fresh_code, fresh_salt
from modules.documents.repository import bulk as repository
from modules.documents.repository.bulk import RunRow
from modules.documents.scopes import ISSUE
from modules.documents.service import closing, freezing, kinds, writing

_WRONG_TOLD_MAX: Final = 100_000


class Runs:
    """Answers `Bulk` inside the caller's transaction."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def open(self, kind: str, agency_id: UUID, name: str) -> Run:
        """Open a run."""
        tx, run_id = self._tx, self._tx.new_id()
        found = kinds.kind(tx, kind).name
        who = tx.principal.staff_id
        await tx.run(repository.BEGIN, run_id, found, agency_id, name, who, tx.now)
        return Run(id=run_id, kind=found, name=name, state="gathering", counts={})

    async def add(self, run_id: UUID, items: Sequence[BulkItem]) -> int:
        """Add documents that are in no run yet."""
        tx = self._tx
        run = await tx.one(repository.LOCK_RUN, run_id)
        if run.state != "gathering" or not items:
            return 0
        kind = kinds.kind(tx, run.kind)
        first = (await tx.one(repository.LAST, run_id)).seq
        drafts = [
            writing.drafted(each.content, each.people, each.readers, each.links) for each in items
        ]
        ids = [tx.new_id() for _ in items]
        keys = await tx.ask(DataKeys).given(ids)
        closed = [
            closing.closed_draft(keys[document_id], document_id, draft)
            for document_id, draft in zip(ids, drafts, strict=True)
        ]
        return await tx.run(
            repository.ADD,
            run_id,
            first,
            run.agency_id,
            run.kind,
            [each.key for each in items],
            ids,
            [fresh_code(kind.prefix, tx.today.year) for _ in items],
            [fresh_salt() for _ in items],
            [kinds.schema(kind, each.content) for each in items],
            closed,
        )

    async def close(self, run_id: UUID) -> None:
        """Let the house look at everything, and go on when nothing is wrong."""
        tx = self._tx
        if await tx.run(repository.MOVE_RUN, run_id, "looking", ["gathering"]):
            part = freezing.RunPart(run_id=run_id)
            await tx.enqueue(freezing.LOOK, part, key=freezing.key(part))

    async def progress(self, run_id: UUID) -> Run | None:
        """Return how far a run has come."""
        run = await self._tx.maybe(repository.RUN, run_id)
        return None if run is None else await _told(self._tx, run)

    async def wrong(self, run_id: UUID, most: int) -> Sequence[Wrong]:
        """Return what is wrong with a run's documents."""
        return await self._tx.all(repository.WRONG, run_id, most)


async def listed(snapshot: Snapshot, cursor: str | None, limit: int) -> Page[Run]:
    """Return the runs of an officer's agency, the newest first."""
    ours = sorted(snapshot.principal.agencies)
    found = await snapshot.page(repository.LIST, cursor, limit, ours)
    items = [await _told(snapshot, run) for run in found.items]
    return Page(items=items, next_cursor=found.next_cursor)


async def read(snapshot: Snapshot, run_id: UUID) -> Run:
    """Return how far a run of one's own agency has come. Raises `NotFound`."""
    return await _told(snapshot, await _own(snapshot, run_id))


async def wrong(snapshot: Snapshot, run_id: UUID) -> Sequence[Wrong]:
    """Return what keeps documents of a run from being signed, line by line. Raises `NotFound`."""
    await _own(snapshot, run_id)
    return await snapshot.all(repository.WRONG, run_id, _WRONG_TOLD_MAX)


async def pause(tx: Transaction, run_id: UUID) -> Run:
    """Freeze nothing more for now; what people sign already goes on. Raises `NotRunning`."""
    return await _moved(tx, run_id, "paused", "running")


async def resume(tx: Transaction, run_id: UUID) -> Run:
    """Go on. Raises `NotRunning`."""
    return await _moved(tx, run_id, "running", "paused")


async def _moved(tx: Transaction, run_id: UUID, to: str, of: str) -> Run:
    await _own(tx, run_id)
    if not await tx.run(repository.MOVE_RUN, run_id, to, [of]):
        raise NotRunning
    return await read(tx, run_id)


async def _own(snapshot: Snapshot, run_id: UUID) -> RunRow:
    run = await snapshot.maybe(repository.RUN, run_id)
    if run is None:
        raise NotFound
    return snapshot.check(ISSUE, run)


async def _told(snapshot: Snapshot, run: RunRow) -> Run:
    counted = await snapshot.all(repository.COUNT, run.id)
    counts = {each.state: each.count for each in counted}
    return Run(id=run.id, kind=run.kind, name=run.name, state=run.state, counts=counts)
