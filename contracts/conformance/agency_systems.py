"""What every system of an agency has to do. Subclass it; give `system` and, each in its trouble,
`slow`, `away` and `unwilling`.
"""

import re
from datetime import UTC, datetime
from uuid import UUID

import pytest
from msgspec.structs import replace

from contracts.agency_systems import (
    Acknowledged,
    AgencySystem,
    Declined,
    Recall,
    Taken,
    Unanswered,
    WorkOrder,
)

AGENCY = UUID("c4d5083e-56f0-55cd-910f-24e4ea7bde25")
"""The agency that every system under test serves."""
NOBODY = UUID("00000000-0000-7000-8000-000000000000")


def order(ref: str, code: str = "PA-7K3F9Q") -> WorkOrder:
    """Return work in Vietnamese, with everything that work can have."""
    return WorkOrder(
        ref=ref,
        agency_id=AGENCY,
        code=code,
        cycle=1,
        category="roads",
        category_label="Đường sá",
        text="Ổ gà sâu giữa đường,\ntrời mưa không thấy & rất dễ ngã.",
        commune_code="14797",
        lat=19.806712,
        lon=105.785234,
        address="12 Lê Lợi",
        photos=("https://files.example.vn/1", "https://files.example.vn/2"),
        due_at=datetime(2026, 3, 11, 17, tzinfo=UTC),
    )


def recalled(ref: str, reference: str) -> Recall:
    """Return the recall of work that has this number."""
    return Recall(
        ref=ref,
        agency_id=AGENCY,
        code="PA-7K3F9Q",
        reference=reference,
        at=datetime(2026, 3, 3, 2, tzinfo=UTC),
    )


class AgencySystemConformance:
    """For each provider of `AgencySystem`."""

    @pytest.fixture
    def system(self) -> AgencySystem:
        """Return a system that works and gives numbers at once."""
        raise NotImplementedError

    @pytest.fixture
    def slow(self) -> AgencySystem:
        """Return one that takes things and gives numbers later: when it is asked for the second
        time.
        """
        raise NotImplementedError

    @pytest.fixture
    def away(self) -> AgencySystem:
        """Return one that cannot be reached."""
        raise NotImplementedError

    @pytest.fixture
    def unwilling(self) -> AgencySystem:
        """Return one that refuses whatever it is given."""
        raise NotImplementedError

    async def test_it_has_a_name_and_serves_its_agencies_alone(self, system: AgencySystem) -> None:
        assert re.fullmatch("[a-z][a-z0-9-]{0,39}", system.name)
        assert system.serves(AGENCY)
        assert not system.serves(NOBODY)

    async def test_it_takes_work_under_a_number(self, system: AgencySystem) -> None:
        given = await system.give(order("one"))

        assert isinstance(given, Acknowledged)
        assert given.reference.strip()

    async def test_the_same_order_twice_is_one_work(self, system: AgencySystem) -> None:
        first, again = await system.give(order("twice")), await system.give(order("twice"))

        assert first == again

    async def test_two_reports_have_two_numbers(self, system: AgencySystem) -> None:
        one = await system.give(order("number-1", "PA-22222A"))
        other = await system.give(order("number-2", "PA-22222B"))

        assert isinstance(one, Acknowledged)
        assert isinstance(other, Acknowledged)
        assert one.reference != other.reference

    async def test_it_takes_work_that_has_neither_point_nor_photo(
        self, system: AgencySystem
    ) -> None:
        bare = replace(order("bare"), lat=None, lon=None, photos=(), due_at=None)

        assert isinstance(await system.give(bare), Acknowledged)

    async def test_work_is_recalled_and_again_changes_nothing(self, system: AgencySystem) -> None:
        given = await system.give(order("back"))
        assert isinstance(given, Acknowledged)
        recall = recalled("back-again", given.reference)

        assert isinstance(await system.recall(recall), Acknowledged)
        assert isinstance(await system.recall(recall), Acknowledged)

    async def test_one_that_gives_numbers_later_is_asked_for_them(self, slow: AgencySystem) -> None:
        taken = await slow.give(order("slow"))
        assert isinstance(taken, Taken)

        assert await slow.reference_of(taken.token) == taken
        assert isinstance(await slow.reference_of(taken.token), Acknowledged)

    async def test_one_that_cannot_be_reached_is_told_from_one_that_refuses(
        self, away: AgencySystem, unwilling: AgencySystem
    ) -> None:
        assert isinstance(await away.give(order("away")), Unanswered)
        assert isinstance(await away.reference_of("x"), Unanswered)
        assert isinstance(await away.recall(recalled("away-too", "x")), Unanswered)
        assert isinstance(await unwilling.give(order("never")), Declined)
        assert isinstance(await unwilling.recall(recalled("never-too", "x")), Declined)
