"""The board of deadlines: what is late, what is due today, soon and later, and what waits."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

from modules.feedback.model.clocks import ClockKind
from modules.feedback.model.machines import ReportState

Lane = Literal["late", "today", "soon", "later", "paused"]

LANES: Final[tuple[Lane, ...]] = ("late", "today", "soon", "later", "paused")
SOON_DAYS: Final = 2
"""Working days after today that count as soon."""


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """A report whose clock has not stopped."""

    lane: Lane
    in_lane: int
    """How many stand in that lane, this one among them."""
    id: UUID
    code: str
    category_code: str
    category_version: int
    state: ReportState
    commune_code: str
    agency_name: str | None
    claimed_by: UUID | None
    kind: ClockKind
    original_due_at: datetime
    due_at: datetime
    provisional: bool
    level: int


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A lane of the board: how many, and the first of them."""

    lane: Lane
    count: int
    items: Sequence[Running]


def columns(found: Sequence[Running]) -> Sequence[Column]:
    """Return every lane, in the order in which they call for somebody."""
    by_lane: Mapping[Lane, list[Running]] = {lane: [] for lane in LANES}
    for each in found:
        by_lane[each.lane].append(each)
    return [
        Column(lane=lane, count=items[0].in_lane if items else 0, items=items)
        for lane, items in by_lane.items()
    ]
