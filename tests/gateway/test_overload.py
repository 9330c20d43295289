"""R9: three times as many requests as can be served, for as long as it takes to drown in them.

The hours of this file pass in a loop whose clock jumps to whatever happens next, so it counts the
same on every machine. Behind the gateway stand four places, as connections of a pool; a request
holds one for 20 ms, so 200 a second is all that can be done. Callers come 600 a second, whether
anybody answers or not, and give up after a second; that they gave up, nobody tells the house.
"""

import asyncio
import selectors
from typing import Any

import msgspec

from .fronting import Around, answer

PLACES, SECONDS_EACH = 4, 0.02
CAPACITY = PLACES / SECONDS_EACH
ARRIVING = 3 * CAPACITY
SECONDS = 5
PATIENCE_SECONDS = 1.0
NO_LIMIT = 1_000_000


class Jumping(selectors.DefaultSelector):
    """Waits for nothing: what was to be waited for is over at once."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        self.now += timeout or 0
        return super().select(0)


class Simulated(asyncio.SelectorEventLoop):
    """A loop on a clock of its own."""

    def __init__(self) -> None:
        self._jumping = Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now


class Seen(msgspec.Struct, frozen=True):
    """One answer, and how long its caller waited."""

    status: int
    seconds: float


async def storm(working: int) -> list[Seen]:
    """Send at three times the capacity to a house that has so many in hand at once."""
    places, loop = asyncio.Semaphore(PLACES), asyncio.get_running_loop()

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        async with places:
            await asyncio.sleep(SECONDS_EACH)
        await answer(send, b"{}")

    house = Around(serve, working=working)

    async def call() -> Seen:
        began = loop.time()
        told = await house.ask("POST")
        return Seen(told.status, loop.time() - began)

    calls: list[asyncio.Task[Seen]] = []
    for _ in range(int(ARRIVING * SECONDS)):
        calls.append(asyncio.create_task(call()))
        await asyncio.sleep(1 / ARRIVING)
    return await asyncio.gather(*calls)


def stormed(working: int) -> list[Seen]:
    with asyncio.Runner(loop_factory=Simulated) as runner:
        return runner.run(storm(working))


def served_in_time(seen: list[Seen]) -> float:
    """Return which part of what could have been done was done while its caller still waited."""
    good = [each for each in seen if each.status == 200 and each.seconds <= PATIENCE_SECONDS]
    return len(good) / (CAPACITY * SECONDS)


def test_at_three_times_its_capacity_the_house_does_what_it_can_and_refuses_the_rest_at_once() -> (
    None
):
    seen = stormed(working=4 * PLACES)

    refused = [each.seconds for each in seen if each.status == 503]
    assert {each.status for each in seen} == {200, 503}
    assert served_in_time(seen) >= 0.85
    assert max(refused) == 0


def test_without_shedding_it_works_for_callers_who_have_gone() -> None:
    """The control: everybody is served, and nearly everybody too late."""
    seen = stormed(working=NO_LIMIT)

    assert {each.status for each in seen} == {200}
    assert served_in_time(seen) < 0.3
