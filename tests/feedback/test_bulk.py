"""Invented reports to measure with are reports like any other."""

from backend.kernel import Transaction
from modules.feedback.service import bulk
from modules.feedback.service.history import verify


async def test_what_is_written_in_sets_has_a_history_that_holds(tx: Transaction) -> None:
    await bulk.write(tx, 1, 300, 600)
    await bulk.write(tx, 301, 600, 600)

    verdict = await verify(tx)

    assert verdict.reports == 600
    assert verdict.breaches == []
