"""The board of deadlines, as a desk reads it."""

from collections.abc import Sequence
from typing import Final

from backend.kernel import Snapshot
from contracts.calendar import WorkingCalendar
from modules.feedback.model.board import SOON_DAYS, Column, columns
from modules.feedback.model.clocks import end_of
from modules.feedback.repository import board as repository

OF_EACH: Final = 12


async def lanes(
    snapshot: Snapshot, *, commune: str | None, category: str | None, calendar: WorkingCalendar
) -> Sequence[Column]:
    """Return what runs in the officer's communes, by how soon it is due."""
    soon = await calendar.add(snapshot.today, SOON_DAYS)
    found = await repository.running(
        snapshot,
        end_of(snapshot.today),
        end_of(soon),
        commune=commune,
        category=category,
        of_each=OF_EACH,
    )
    return columns(found)
