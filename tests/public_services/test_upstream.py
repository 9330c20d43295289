"""A one-stop system that is asked: what it tells is shown, and with it how old it is."""

from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any, cast

import msgspec
import pytest
import pytest_asyncio

from backend.kernel import VIETNAM, Secret
from backend.kernel.database import Connection
from backend.testing import Client, Clock
from contracts.conformance.public_services import DossierSystemConformance
from contracts.public_services import DossierNews, DossierSystem, SystemAway
from modules.public_services.errors import NotForPeople
from modules.public_services.model.dossiers import MOVES, Status, clock_of
from modules.public_services.model.simulation import Simulator
from modules.public_services.repository import connectors
from modules.public_services.service import playing, pulling
from modules.public_services.service.upstream import HttpSystem
from tests.public_services.bridge import TOKEN, bridge

NOW = datetime(2026, 1, 30, 11, tzinfo=VIETNAM)
LOOK_UP = "/v1/public-services/dossier-lookups"


def simulator() -> Simulator:
    return Simulator(seed=7, since=date(2026, 1, 5), now=NOW)


class TestTheSimulator(DossierSystemConformance):
    @pytest.fixture
    def system(self) -> DossierSystem:
        return simulator()


class TestTheHttpAdapter(DossierSystemConformance):
    @pytest_asyncio.fixture(loop_scope="session")
    async def system(  # pyright: ignore[reportIncompatibleVariableOverride]
        self,
    ) -> AsyncGenerator[DossierSystem]:
        async with bridge(simulator) as url:
            yield HttpSystem(url, Secret(TOKEN))


def test_simulated_dossiers_take_every_state_and_only_the_national_moves() -> None:
    paths: dict[str, list[Status]] = {}
    for moved in simulator().moves():
        paths.setdefault(moved.head["MaHoSo"], []).append(Status(moved.status))

    assert {state for path in paths.values() for state in path} == set(Status)
    for path in paths.values():
        for before, after in pairwise(path):
            assert after in MOVES[before], path
    assert {clock_of(Status(number)) for number in (5, 6, 8)} == {"stopped"}


def test_a_later_moment_tells_the_same_story_further_on() -> None:
    later = Simulator(seed=7, since=date(2026, 1, 5), now=NOW + timedelta(days=2)).moves()

    assert later[: len(simulator().moves())] == simulator().moves()
    assert len(later) > len(simulator().moves())


async def test_a_bridge_that_breaks_its_word_is_away() -> None:
    with pytest.raises(SystemAway):
        await HttpSystem("http://127.0.0.1:9", Secret(TOKEN)).changes_since("")
    async with bridge(simulator) as url:
        with pytest.raises(SystemAway):
            await HttpSystem(url, Secret("wrong")).changes_since("")


class Switch:
    """A system that can be switched off."""

    def __init__(self) -> None:
        self.is_on = True

    async def changes_since(self, cursor: str) -> DossierNews:
        if not self.is_on:
            raise SystemAway
        return await simulator().changes_since(cursor)

    async def dossier(self, code: str) -> DossierNews:
        if not self.is_on:
            raise SystemAway
        return await simulator().dossier(code)


@pytest.fixture(scope="module")
def clock() -> Clock:
    clock = Clock()
    clock.now = NOW
    return clock


@pytest.fixture
def pull(as_job: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Let a worker ask a system once, as it does every minute."""

    async def call(system: DossierSystem) -> None:
        errand = cast("Any", pulling.PULL.run)
        async with as_job() as tx:
            asked = await errand.prepare(tx)
        if asked is not None:
            asked = msgspec.structs.replace(asked, system=system)
        answer = await errand.call(asked)
        async with as_job() as tx:
            await errand.settle(tx, asked, answer)

    return call


async def test_with_the_source_away_answers_go_on_and_carry_their_age(
    client: Client,
    clock: Clock,
    as_job: Callable[..., Any],
    pull: Callable[[DossierSystem], Awaitable[None]],
) -> None:
    system, head = Switch(), simulator().moves()[-1].head
    async with as_job() as tx:
        await connectors.simulate(tx, "one-stop", playing.story(7, 25, NOW, ""), tx.now)
    question = {"code": head["MaHoSo"], "factor": head["SoGiayTo"][-6:]}
    await pull(system)
    told_at = clock.now

    fresh = await client.post(LOOK_UP, json=question)
    system.is_on = False
    for _ in range(5):
        clock.advance(minutes=1)
        await pull(system)
    away = await client.post(LOOK_UP, json=question)
    async with as_job() as tx:
        resting = await connectors.find(tx, "one-stop")
    system.is_on = True
    clock.advance(minutes=20)
    await pull(system)
    back = await client.post(LOOK_UP, json=question)

    assert {answer.status_code for answer in (fresh, away, back)} == {200}
    states = [each.json()["standing"]["source"]["state"] for each in (fresh, away, back)]
    assert states == ["simulated", "down", "simulated"]
    assert away.json()["standing"]["source"]["as_of"] == told_at.isoformat()
    assert fresh.json()["standing"]["source"]["demo"] is True
    assert resting is not None
    assert resting.failures == 5
    assert resting.rest_until == told_at + timedelta(minutes=5, seconds=30)
    assert away.json()["standing"]["status"] == fresh.json()["standing"]["status"]


async def test_what_is_told_twice_or_to_two_workers_is_kept_once(
    as_job: Callable[..., Any], pull: Callable[[DossierSystem], Awaitable[None]]
) -> None:
    async with as_job() as tx:
        await connectors.simulate(tx, "one-stop", playing.story(7, 25, NOW, ""), tx.now)
    await pull(simulator())
    async with as_job() as tx:
        before = await connectors.find(tx, "one-stop")
    await pull(simulator())
    async with as_job() as tx:
        after = await connectors.find(tx, "one-stop")

    assert before is not None
    assert after is not None
    assert before.cursor == after.cursor == simulator().moves()[-1].position


@pytest.mark.parametrize("fault", ["", "duplicate", "disorder", "bad-signature"])
async def test_whatever_goes_wrong_on_the_way_dossiers_end_in_their_state(
    client: Client, as_job: Callable[..., Any], fault: playing.Fault
) -> None:
    story = playing.story(11, 10, NOW, "")
    system = Simulator(seed=11, since=story.since, now=NOW)
    last = {moved.head["MaHoSo"]: moved for moved in system.moves()}

    async with as_job() as tx:
        played = await playing.play(tx, story, fault, NOW)
        await playing.play(tx, story, "", NOW)

    head = next(iter(last.values())).head
    seen = await client.post(
        LOOK_UP, json={"code": head["MaHoSo"], "factor": head["SoGiayTo"][-6:]}
    )
    assert seen.json()["standing"]["status"] == int(last[head["MaHoSo"]].head["TrangThaiHoSo"])
    assert (played.badly_signed > 0) is (fault == "bad-signature")
    assert played.refused == 0


async def test_what_was_lost_on_the_way_comes_with_the_next_question(
    client: Client,
    clock: Clock,
    as_job: Callable[..., Any],
    pull: Callable[[DossierSystem], Awaitable[None]],
    connection: Connection,
) -> None:
    clock.advance(hours=1)
    # Each story counts its codes from the first of a day: this one has days of its own.
    earlier = NOW - timedelta(days=60)
    story = playing.story(23, 20, earlier, "")
    system = Simulator(seed=23, since=story.since, now=earlier)
    moves = system.moves()
    last = {moved.head["MaHoSo"]: moved for moved in moves}

    async with as_job() as tx:
        played = await playing.play(tx, story, "loss", earlier)
    heard = await told_of(connection, last)
    told_at = clock.now
    behind = next(code for code in heard if heard[code][0] != last[code].status)
    question = {"code": behind, "factor": last[behind].head["SoGiayTo"][-6:]}
    clock.advance(minutes=3)
    meanwhile = (await client.post(LOOK_UP, json=question)).json()["standing"]
    await pull(system)
    after = (await client.post(LOOK_UP, json=question)).json()["standing"]

    assert played.lost > 0
    assert sum(count for _, count in heard.values()) < len(moves)
    assert (meanwhile["status"], meanwhile["source"]["as_of"]) == (
        heard[behind][0],
        told_at.isoformat(),
    )
    assert (after["status"], after["source"]["as_of"]) == (
        last[behind].status,
        clock.now.isoformat(),
    )
    steps = Counter(moved.head["MaHoSo"] for moved in moves)
    assert await told_of(connection, last) == {
        code: (moved.status, steps[code]) for code, moved in last.items()
    }


async def told_of(connection: Connection, codes: Iterable[str]) -> dict[str, tuple[int, int]]:
    """The state of each dossier that was told of, and how many moves of it."""
    async with connection.transaction():
        await connection.execute("select set_config('tinhs.kind', 'job', true)")
        rows = await connection.fetch(
            """
            select dossier.code, dossier.status, count(event.id) as moves
              from public_services.dossier
              left join public_services.dossier_event as event on event.dossier_id = dossier.id
             where dossier.code = any($1::text[])
             group by dossier.id
            """,
            [*codes],
        )
    return {row["code"]: (row["status"], row["moves"]) for row in rows}


async def test_nothing_invented_stands_in_in_production(as_job: Callable[..., Any]) -> None:
    async with as_job() as tx:
        tx._house = msgspec.structs.replace(tx._house, is_production=True)
        with pytest.raises(NotForPeople):
            await playing.play(tx, playing.story(1, 5, NOW, ""), "", NOW)
        assert await cast("Any", pulling.PULL.run).prepare(tx) is None
