"""A memory is built once, looked at now and then, and built again when it has changed."""

import asyncio
import threading
from datetime import datetime, timedelta
from typing import Any

import pytest

from backend.kernel import VIETNAM, House, Memory, Snapshot

START = datetime(2026, 11, 22, 8, tzinfo=VIETNAM)


class Register:
    """Something in the database that changes, and counts who asks."""

    def __init__(self) -> None:
        self.version = 1
        self.built = self.looked = 0

    async def build(self, _: Snapshot) -> str:
        self.built += 1
        await asyncio.sleep(0)
        return f"state {self.version}"

    async def look(self, _: Snapshot) -> int:
        self.looked += 1
        return self.version


@pytest.fixture
def register() -> Register:
    return Register()


@pytest.fixture
def memory(register: Register) -> Memory[str]:
    return Memory(build=register.build, version=register.look, check_seconds=60)


def at(house: House, seconds: float) -> Snapshot:
    connection: Any = None
    return Snapshot(connection, house, START + timedelta(seconds=seconds))


async def test_it_is_built_once_for_everybody_who_comes_at_once(
    register: Register, memory: Memory[str]
) -> None:
    house = House()

    heard = await asyncio.gather(*(at(house, 0).recall(memory) for _ in range(10)))

    assert heard == ["state 1"] * 10
    assert (register.built, register.looked) == (1, 1)


async def test_it_is_behind_by_its_seconds_at_most(register: Register, memory: Memory[str]) -> None:
    house = House()
    await at(house, 0).recall(memory)
    register.version = 2

    assert await at(house, 59.9).recall(memory) == "state 1"
    assert await at(house, 60).recall(memory) == "state 2"


async def test_it_is_not_built_again_while_nothing_has_changed(
    register: Register, memory: Memory[str]
) -> None:
    house = House()
    for minutes in range(5):
        await at(house, 60 * minutes).recall(memory)

    assert (register.built, register.looked) == (1, 5)


async def test_a_build_that_fails_is_tried_again(register: Register) -> None:
    async def fail_once(snapshot: Snapshot) -> str:
        built = await register.build(snapshot)
        if register.built == 1:
            raise RuntimeError
        return built

    house, memory = House(), Memory(build=fail_once, version=register.look)
    with pytest.raises(RuntimeError):
        await at(house, 0).recall(memory)

    assert await at(house, 0).recall(memory) == "state 1"


async def test_each_process_has_its_own(register: Register, memory: Memory[str]) -> None:
    await at(House(), 0).recall(memory)
    await at(House(), 0).recall(memory)

    assert register.built == 2


async def test_while_it_is_finished_everybody_has_the_value_of_before(register: Register) -> None:
    may_end = threading.Event()
    may_end.set()

    def finish(built: str) -> str:
        may_end.wait()
        return f"{built}, finished"

    memory = Memory(build=register.build, version=register.look, finish=finish, check_seconds=10)
    house = House()
    await at(house, 0).recall(memory)
    register.version = 2
    may_end.clear()

    meanwhile = [await at(house, seconds).recall(memory) for seconds in (10, 11, 19)]
    may_end.set()
    afterwards = await at(house, 30).recall(memory)

    assert meanwhile == ["state 1, finished"] * 3
    assert afterwards == "state 2, finished"
    assert register.built == 2


async def test_after_a_quiet_time_nobody_has_the_value_of_before(register: Register) -> None:
    memory = Memory(build=register.build, version=register.look, finish=str.upper)
    house = House()
    await at(house, 0).recall(memory)
    register.version = 2

    assert await at(house, 3600).recall(memory) == "STATE 2"
