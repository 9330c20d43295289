"""A system of an agency that works on some days, and what has to hold of work that goes to it."""

from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import UUID

from contracts.agency_systems import (
    Acknowledged,
    Declined,
    Recall,
    SystemAnswer,
    Taken,
    Unanswered,
    WorkOrder,
)
from contracts.demo import HAC_THANH, agency_of
from modules.feedback.model.handovers import HANDOVER, HandoverState

MOODS = ("well", "slow", "away", "deaf", "unwilling")
"""`deaf`: it takes what it is given, and its answer is lost."""

HANDED_OVER = """
    select handover.id, handover.errand, handover.state, handover.reference, handover.recalls,
           handover.assignment_id, assignment.state as work
      from feedback.handover
      join feedback.assignment on assignment.id = handover.assignment_id
     where handover.report_id = $1
     order by handover.id
"""
LED = """
    select id
      from feedback.assignment
     where report_id = $1 and role = 'lead' and state in ('offered', 'accepted', 'working')
"""


class Flaky:
    """Provides `AgencySystem` for the ward of Hạc Thành."""

    name = "flaky"
    mood: ClassVar[str] = "well"
    orders: ClassVar[dict[str, WorkOrder]] = {}
    recalled: ClassVar[list[str]] = []

    def __init__(self, _: object) -> None:
        pass

    def serves(self, agency_id: UUID) -> bool:
        return agency_id == agency_of(HAC_THANH)

    async def give(self, order: WorkOrder) -> SystemAnswer:
        if self.mood in ("well", "slow", "deaf"):
            self.orders[order.ref] = order
        return self._answer(f"F-{order.ref}")

    async def reference_of(self, token: str) -> SystemAnswer:
        return self._answer(token)

    async def recall(self, recall: Recall) -> SystemAnswer:
        assert recall.reference.removeprefix("F-") in self.orders
        self.recalled.append(recall.reference)
        return self._answer(recall.reference)

    def _answer(self, number: str) -> SystemAnswer:
        match self.mood:
            case "well":
                return Acknowledged(reference=number)
            case "slow":
                return Taken(token=number)
            case "unwilling":
                return Declined()
            case _:
                return Unanswered()


def reachable(state: HandoverState) -> set[HandoverState]:
    """Return where a hand-over can get from a state, by the machine's table and nothing else."""
    found, waiting = set[HandoverState](), [state]
    while waiting:
        source = waiting.pop()
        found.add(source)
        moves = (move for move in HANDOVER.moves if move.source is source)
        waiting += [move.target for move in moves if move.target not in found]
    return found


def hold(
    rows: Sequence[Any], leading: Sequence[Any], before: dict[Any, HandoverState], secret: str
) -> None:
    """Assert what holds of one report's hand-overs at any moment; remember how they stand."""
    works = [row for row in rows if row["errand"] == "work" and row["state"] != "cancelled"]
    recalls = {row["recalls"] for row in rows if row["errand"] == "recall"}
    for row in rows:
        state = HandoverState(row["state"])
        assert state in reachable(before.get(row["id"], HandoverState.QUEUED)), row
        before[row["id"]] = state
        if row["reference"] is not None and row["errand"] == "work":
            assert row["reference"] == f"F-{row['id']}"
            assert secret not in Flaky.orders[str(row["id"])].text
    for assignment in leading:  # what an agency is to do is on its way there, once
        assert len([row for row in works if row["assignment_id"] == assignment["id"]]) >= 1
    for row in works:  # what it is not to do any more is recalled from where it may have gone
        if row["work"] == "cancelled":
            assert row["id"] in recalls or row["state"] == "dead"
