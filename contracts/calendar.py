"""Which days offices work: what deadlines of working days are counted with.

Monday to Friday, without public holidays (Labour Code 45/2019/QH14, article 112) and the days off
that stand in for those on a weekend (article 111), and with Saturdays worked for a day off.
Lunar feasts and swapped days are announced for each year, usually in the autumn before.
"""

from datetime import date
from typing import ClassVar, Literal, Protocol

from contracts.event import Event


class WorkingCalendar(Protocol):
    """Counts working days, in the calendar of Vietnam's public offices."""

    async def add(self, day: date, n: int) -> date:
        """Return the n-th working day after day zero: `day`, or the first working day after it.

        `add(day, 0)` is day zero. Raises ValueError unless 0 <= n <= 1000.
        """
        ...

    async def between(self, first: date, last: date) -> int:
        """Return how many working days come after `first`, up to and with `last`.

        0 when `last` does not come after `first`.
        """
        ...

    async def is_confirmed(self, first: date, last: date) -> bool:
        """Tell whether somebody has confirmed the calendar of every year from one to the other.

        What is counted over other years is provisional: days off may still be announced.
        """
        ...


class YearConfirmed(Event, frozen=True, kw_only=True, tag="calendar.year-confirmed.v1"):
    """The days off of a year are certain now: count again what was provisional."""

    about: ClassVar[str] = "calendar"

    calendar: Literal["working-days"] = "working-days"
    year: int
