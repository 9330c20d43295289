"""Alive, ready, started: told truly, and to anybody, at any time."""

import asyncio
from typing import Any

import msgspec
import pytest

from backend.gateway import health as health_module
from backend.gateway.health import Health

from .fronting import Around, echo


async def asked(health: Health, path: str = "/readyz") -> tuple[int, dict[str, bool]]:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    assert await health.answer(path, send)
    return sent[0]["status"], msgspec.json.decode(sent[1]["body"])


async def holds() -> bool:
    return True


async def test_a_process_is_ready_when_everything_that_it_needs_is_there() -> None:
    health = Health({"database": holds})

    early = await asked(health)
    health.has_started = True
    ready = await asked(health)
    health.is_draining = True
    draining = await asked(health)

    assert early[0] == 503
    assert ready == (200, {"started": True, "staying": True, "database": True})
    assert draining[0] == 503


async def test_a_check_that_fails_or_takes_too_long_says_no() -> None:
    async def fails() -> bool:
        raise ConnectionRefusedError

    async def hangs() -> bool:
        await asyncio.sleep(60)
        return True

    health = Health({"database": fails, "disk": hangs, "migrations": holds})
    health.has_started = True

    status, verdicts = await asked(health)

    assert status == 503
    assert [verdicts[name] for name in ("database", "disk", "migrations")] == [False, False, True]


async def test_who_lags_behind_is_named_and_the_process_goes_on() -> None:
    is_late = True

    async def lags() -> bool:
        return is_late

    async def fails() -> bool:
        raise ConnectionRefusedError

    health = Health({"database": holds}, {"catalogue": lags, "log": fails})
    health.has_started = True

    late = await asked(health)
    is_late = False
    health._lagged_at = float("-inf")
    abreast = await asked(health)

    assert late == (
        200,
        {"started": True, "staying": True, "database": True, "degraded": ["catalogue"]},
    )
    assert abreast == (200, {"started": True, "staying": True, "database": True})


async def test_asking_often_costs_one_look_a_second() -> None:
    looks = 0

    async def look() -> bool:
        nonlocal looks
        looks += 1
        return True

    health = Health({"database": look})
    for _ in range(10):
        await asked(health)

    assert looks == 1


async def test_a_process_that_answers_is_alive_and_says_when_it_has_started() -> None:
    health = Health({})

    assert await asked(health, "/livez") == (200, {"alive": True})
    assert (await asked(health, "/startupz"))[0] == 503
    health.has_started = True
    assert await asked(health, "/startupz") == (200, {"started": True})


async def test_another_path_is_the_houses_own() -> None:
    house = Around(echo)

    assert (await house.ask("GET", "/quiz")).status == 200
    assert (await house.ask("GET", "/livez")).headers[b"cache-control"] == b"no-store"


async def test_the_whole_house_is_ready(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health_module, "CHECK_SECONDS", 60)  # a busy machine is not an unready one

    told = await client.get("/readyz")

    assert told.status_code == 200
    assert set(told.json()) == {"started", "staying", "database", "migrations", "modules", "disk"}
