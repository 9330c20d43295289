"""The demo province has something to show at its first start, and no more at its second."""

import pytest

from backend.kernel import Transaction
from modules.feedback.demo import MARK, STORIES, seed
from modules.feedback.service import statistics
from modules.feedback.service.history import verify


@pytest.mark.usefixtures("client")  # whose house knows the words of all modules
async def test_the_demo_is_told_once(tx: Transaction) -> None:
    await seed(tx)
    first = await verify(tx)

    await seed(tx)
    second = await verify(tx)
    told = await statistics.of_everybody(tx, "category", None, None)

    assert first == second
    assert first.reports == len(STORIES)
    assert not first.breaches
    assert sum(each.filed for each in told.items) == len(STORIES)
    assert all(len(story.text) + len(MARK) < 200 for story in STORIES)
