"""What every provider of a working calendar keeps, on years that are history."""

from datetime import date, timedelta

import pytest

from contracts.calendar import WorkingCalendar

SATURDAY = date(2024, 5, 4)
"""Worked, for Monday 2024-04-29."""


class WorkingCalendarConformance:
    """Inherit it, and pytest runs every promise of `contracts.calendar.WorkingCalendar`.

    The class needs a fixture `calendar` that knows the years 2022 to 2025.
    """

    @pytest.mark.parametrize(
        ("received", "due"),
        [
            (date(2025, 8, 23), date(2025, 9, 5)),
            (date(2025, 11, 21), date(2025, 12, 2)),
            (date(2024, 7, 28), date(2024, 8, 7)),
            (date(2022, 7, 19), date(2022, 7, 28)),
        ],
    )
    async def test_the_deadlines_that_hue_published_come_out(
        self, calendar: WorkingCalendar, received: date, due: date
    ) -> None:
        assert await calendar.add(received, 7) == due

    async def test_nobody_works_in_the_week_of_tet(self, calendar: WorkingCalendar) -> None:
        assert await calendar.add(date(2025, 1, 24), 1) == date(2025, 2, 3)

    async def test_a_saturday_is_worked_for_the_day_off(self, calendar: WorkingCalendar) -> None:
        assert await calendar.add(date(2024, 4, 29), 0) == date(2024, 5, 2)
        assert await calendar.add(date(2024, 5, 3), 1) == SATURDAY
        assert await calendar.add(date(2024, 5, 3), 2) == date(2024, 5, 6)

    async def test_nothing_after_a_working_day_is_that_day(self, calendar: WorkingCalendar) -> None:
        assert await calendar.add(SATURDAY, 0) == SATURDAY

    async def test_what_was_added_is_what_lies_between(self, calendar: WorkingCalendar) -> None:
        first = date(2024, 12, 30)
        for days in range(60):
            began = await calendar.add(first + timedelta(days=days), 0)
            for n in (0, 1, 7, 17):
                assert await calendar.between(began, await calendar.add(began, n)) == n

    async def test_time_that_runs_backwards_has_no_days(self, calendar: WorkingCalendar) -> None:
        assert await calendar.between(date(2025, 3, 5), date(2025, 3, 5)) == 0
        assert await calendar.between(date(2025, 3, 5), date(2025, 3, 3)) == 0

    @pytest.mark.parametrize("n", [-1, 1001])
    async def test_nobody_counts_backwards_or_for_ever(
        self, calendar: WorkingCalendar, n: int
    ) -> None:
        with pytest.raises(ValueError, match=str(n)):
            await calendar.add(date(2025, 3, 5), n)

    async def test_a_span_is_as_certain_as_its_least_certain_year(
        self, calendar: WorkingCalendar
    ) -> None:
        assert await calendar.is_confirmed(date(2022, 12, 30), date(2025, 12, 31))
        assert not await calendar.is_confirmed(date(2025, 12, 30), date(2099, 1, 2))
