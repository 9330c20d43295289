"""What modules ask of the calendar."""

from datetime import date

from backend.calendar import repository
from backend.calendar.model import Calendar
from backend.kernel import Snapshot


class WorkingDays:
    """Provides `contracts.calendar.WorkingCalendar`; reads the calendar once for each asker."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._known: Calendar | None = None

    async def add(self, day: date, n: int) -> date:
        return (await self._calendar()).add(day, n)

    async def between(self, first: date, last: date) -> int:
        return (await self._calendar()).between(first, last)

    async def is_confirmed(self, first: date, last: date) -> bool:
        return (await self._calendar()).is_confirmed(first, last)

    async def _calendar(self) -> Calendar:
        # Not remembered by the process: what is counted anew because a year was confirmed must be
        # counted with that year, and the few dozen rows are one quick statement.
        if self._known is None:
            self._known = await repository.calendar(self._snapshot)
        return self._known
