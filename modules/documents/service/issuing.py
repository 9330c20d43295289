"""From sealed to issued, and what may become of an issued document."""

from typing import Literal, TypeAlias
from uuid import UUID

from backend.kernel import NotFound, Transaction
from contracts.documents import DocumentIssued
from modules.documents.errors import NotIssued
from modules.documents.model.statuses import Status
from modules.documents.repository import issuing as issues
from modules.documents.repository import placements, revisions
from modules.documents.repository import revocations as repository
from modules.documents.repository import statuses as lists
from modules.documents.repository.issuing import Covered
from modules.documents.service import credentials, statuses

Wish: TypeAlias = Literal["suspended", "valid", "revoked"]
"""What a registrar wants to become of a document."""


async def issue(tx: Transaction, size: int) -> list[tuple[UUID, int]]:
    """Issue what the first `size` entries of the log hold: a witness has signed for those.

    Only now is the revision before told to be superseded, so that there always is one that counts.
    Return what was issued.
    """
    covered = await tx.all(issues.COVERED, size)
    if not covered:
        return []
    at = [each.document_id for each in covered], [each.rev for each in covered]
    await tx.run(issues.ISSUE, *at, tx.now)
    await tx.run(issues.SUCCEED, *at)
    for each in covered:
        await _supersede(tx, each)
    await tx.run(placements.COUNT, *at, tx.now)
    await tx.publish(
        *(
            DocumentIssued(document_id=each.document_id, kind=each.kind, rev=each.rev)
            for each in covered
        )
    )
    return [(each.document_id, each.rev) for each in covered]


async def _supersede(tx: Transaction, covered: Covered) -> None:
    if covered.previous is None:
        return
    await tx.run(issues.SUPERSEDE, covered.document_id, covered.previous)
    before = await tx.one(placements.DISPLACE, covered.document_id)
    await statuses.change(
        tx,
        (before.list, before.place),
        before.content_sha256,
        Status.SUPERSEDED,
        entry_id=tx.new_id(),
        successor=covered.content_sha256,
    )
    at = (covered.document_id, covered.previous)
    await credentials.follow(tx, *at, Status.SUPERSEDED)


async def expire(tx: Transaction) -> None:
    """End the collecting of signatures that took too long."""
    await tx.run(revisions.EXPIRE, tx.now)


async def change(tx: Transaction, document_id: UUID, wish: Wish, reason: str) -> bool:
    """Suspend, reinstate or revoke; tell whether it is done. Raises `NotFound`, `NotIssued`."""
    if wish == "revoked":
        return await revoke(tx, document_id, reason)
    if wish == "suspended":
        await suspend(tx, document_id)
    else:
        await reinstate(tx, document_id)
    return True


async def suspend(tx: Transaction, document_id: UUID) -> None:
    """Stop an issued document for a while. Raises `NotIssued`."""
    await _change(tx, document_id, Status.SUSPENDED, {Status.VALID})


async def reinstate(tx: Transaction, document_id: UUID) -> None:
    """Let a suspended document count again. Raises `NotIssued`."""
    await _change(tx, document_id, Status.VALID, {Status.SUSPENDED})


async def revoke(tx: Transaction, document_id: UUID, reason: str) -> bool:
    """Revoke for ever, when a second registrar asks for it; tell whether it is done.

    Raises `NotIssued`.
    """
    staff_id = tx.principal.staff_id
    await tx.run(repository.ASK, document_id, staff_id, reason, tx.now)
    if await tx.maybe(repository.FIRST_BY_ANOTHER, document_id, staff_id) is None:
        await _current(tx, document_id, {Status.VALID, Status.SUSPENDED})
        return False
    await _change(tx, document_id, Status.REVOKED, {Status.VALID, Status.SUSPENDED})
    return True


async def _change(tx: Transaction, document_id: UUID, status: Status, allowed: set[Status]) -> None:
    placed = await _current(tx, document_id, allowed)
    spot = (placed.list, placed.place)
    await statuses.change(tx, spot, placed.content_sha256, status, entry_id=tx.new_id())
    await credentials.follow(tx, document_id, placed.rev, status)


async def _current(tx: Transaction, document_id: UUID, allowed: set[Status]) -> placements.Placed:
    placed = await tx.maybe(placements.PLACED, document_id)
    if placed is None:
        raise NotFound
    found = await tx.maybe(lists.STANDING, placed.list, placed.place)
    status = Status.VALID if found is None else Status(found.value)
    if status not in allowed:
        raise NotIssued
    return placed
