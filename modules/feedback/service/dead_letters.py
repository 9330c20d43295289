"""What the desk sees of hand-overs, and does about those that are stuck."""

from uuid import UUID

from backend.kernel import NotFound, Snapshot, Transaction
from contracts.page import Page
from modules.feedback.errors import NotFromHere
from modules.feedback.model.handovers import (
    HANDOVER,
    HandoverCall,
    HandoverCard,
    HandoverFilter,
)
from modules.feedback.repository import handovers as repository
from modules.feedback.service import desk, handovers


async def listed(
    snapshot: Snapshot, wanted: HandoverFilter, cursor: str | None, limit: int
) -> Page[HandoverCard]:
    """Return hand-overs of the moderator's communes, the oldest first."""
    page = await repository.listed(snapshot, wanted, cursor, limit)
    return Page(items=[row.card() for row in page.items], next_cursor=page.next_cursor)


async def retry(tx: Transaction, handover_id: UUID) -> HandoverCard:
    """Send once more, now, what failed or was given up.

    Raises `NotFound` for a report that the moderator does not read, and `NotFromHere` for what
    goes its way by itself.
    """
    found = await repository.find(tx, handover_id)
    if found is None:
        raise NotFound
    await desk.find(tx, found.report_id)
    if not HANDOVER.may(found.state, HandoverCall.RETRY):
        raise NotFromHere(state=found.state.value, allowed=[])
    return (await handovers.again(tx, found)).card()
