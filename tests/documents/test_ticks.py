"""Nobody has to push: the worker's own timetable carries a signed contract into the log."""

from collections.abc import Awaitable, Callable
from typing import Any

from backend.testing import Clock
from backend.work import Workshop, drain
from backend.work.plan import Planner
from tests.documents.conftest import Phone


async def test_a_signed_contract_is_issued_without_anybody_doing_anything(
    shop: Workshop,
    clock: Clock,
    submitted: str,
    employer: Phone,
    employee: Phone,
    bundle_of: Callable[..., Awaitable[str]],
    verdict: Callable[[str], Awaitable[dict[str, Any]]],
) -> None:
    await employer.sign(submitted)
    await employee.sign(submitted)

    planner = Planner(shop)
    for _ in range(4):
        await planner.tick()
        assert {done.outcome for done in await drain(shop)} <= {"done"}
        clock.advance(seconds=61)

    assert (await verdict(await bundle_of(employee, submitted)))["verdict"] == "VALID"
