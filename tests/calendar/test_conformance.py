"""Our calendar keeps every promise of its contract."""

import pytest

from backend.kernel import Transaction
from contracts.calendar import WorkingCalendar
from contracts.conformance.calendar import WorkingCalendarConformance


@pytest.fixture
def calendar(tx: Transaction) -> WorkingCalendar:
    return tx.ask(WorkingCalendar)


class TestOurCalendar(WorkingCalendarConformance):
    """The years that the house ships."""
