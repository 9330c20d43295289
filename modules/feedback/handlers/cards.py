"""What of reports waits for an officer, on the console's first page."""

from typing import Final

from backend.kernel import Card, Snapshot
from modules.feedback.repository import queues
from modules.feedback.scopes import TRIAGE

_QUEUE: Final = "/console/feedback"


async def _count(snapshot: Snapshot, name: str) -> int:
    return next((each.n for each in await queues.counts(snapshot) if each.name == name), 0)


async def received(snapshot: Snapshot) -> int:
    """Count reports that nobody has taken in hand."""
    return await _count(snapshot, "received")


async def mine(snapshot: Snapshot) -> int:
    """Count reports that the officer has in hand."""
    return await _count(snapshot, "mine")


async def overdue(snapshot: Snapshot) -> int:
    """Count reports whose clock has run out."""
    return await _count(snapshot, "overdue")


CARDS: Final = (
    Card(name="received", path=f"{_QUEUE}?state=received", scope=TRIAGE, load=received),
    Card(name="mine", path=f"{_QUEUE}?state=in_review", scope=TRIAGE, load=mine),
    Card(name="overdue", path=f"{_QUEUE}/board", scope=TRIAGE, load=overdue, is_alarm=True),
)
