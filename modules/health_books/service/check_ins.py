"""Coming to a facility: whoever comes lets it read, until the visit ends or a day has passed."""

from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID

from backend.kernel import VIETNAM, NotFound, Snapshot, Transaction
from contracts.page import Page
from modules.health_books.repository import openings as repository
from modules.health_books.repository.openings import Present
from modules.health_books.service.openings import Opening

_DAY: Final = timedelta(days=1)


async def check_in(tx: Transaction, person_id: UUID, agency_id: UUID) -> Opening:
    """Open one's own book to a facility for a day. What is sensitive stays closed."""
    made = Opening(
        id=tx.new_id(),
        agency_id=agency_id,
        basis="check-in",
        reason=None,
        opened_at=tx.now,
        until=tx.now + _DAY,
    )
    whose = (made.id, person_id, agency_id, person_id)
    await tx.run(repository.OPEN, *whose, made.basis, None, made.opened_at, made.until)
    return made


async def withdraw(tx: Transaction, person_id: UUID, opening_id: UUID) -> None:
    """Close one's book again. Raises `NotFound`, also for what has ended, and for an emergency."""
    if not await tx.run(repository.WITHDRAW, opening_id, person_id, tx.now):
        raise NotFound


async def end(tx: Transaction, person_id: UUID, agency_id: UUID, last_day: date) -> None:
    """Close the book to a facility that has written down the visit, which ended on that day."""
    after = datetime.combine(last_day, time(), tzinfo=VIETNAM) + _DAY
    await tx.run(repository.END, person_id, agency_id, tx.now, after)


async def present(snapshot: Snapshot, cursor: str | None, limit: int) -> Page[Present]:
    """Return who is at one's facility now, the last to come first."""
    ours = sorted(snapshot.principal.agencies)
    return await snapshot.page(repository.PRESENT, cursor, limit, ours, snapshot.now)
