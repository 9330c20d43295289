"""Rounds of load, interleaved so that a slow minute of the machine falls on everybody alike."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from random import Random
from statistics import median
from typing import Final

import msgspec

from tests.bench.load import load
from tests.bench.processes import Server, cpu_seconds

_ORDER: Final = Random(7)  # noqa: S311 - an order, not a secret


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How long and how often."""

    rounds: int
    seconds: float


FULL: Final = Pace(rounds=5, seconds=1.0)
QUICK: Final = Pace(rounds=3, seconds=0.5)

_WARM_SECONDS: Final = 0.4
_FIRST_GUESS: Final = 3000.0


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """One way of doing a scenario: a server, and the requests that it is sent."""

    name: str
    server: Server
    requests: Callable[[int], Iterable[bytes]]
    """Makes at least so many requests for the next round."""
    status: int = 200
    repeat: bool = True
    """Whether a request may be sent again in the same round."""


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One subject in one round."""

    per_second: float
    cpu_us: float
    """Processor time of the server for each answer."""
    database_us: float
    """Processor time of PostgreSQL for each answer."""
    answer_bytes: int


class Measured(msgspec.Struct, frozen=True):
    """One subject over all rounds."""

    name: str
    figures: Sequence[Figure]

    def typical(self, what: str) -> float:
        """Return the median of a field over the rounds."""
        return median(getattr(figure, what) for figure in self.figures)

    def ratio(self, other: "Measured") -> float:
        """Return how many times the answers a second of `other` this is, round against round."""
        return median(
            mine.per_second / theirs.per_second
            for mine, theirs in zip(self.figures, other.figures, strict=True)
        )


async def measure(
    subjects: Sequence[Subject], postmaster: int, pace: Pace, *, connections: int
) -> list[Measured]:
    """Run every subject once a round, in changing order. Raises `BadAnswer`."""
    found: dict[str, list[Figure]] = {subject.name: [] for subject in subjects}
    speeds: dict[str, float] = {}
    for subject in subjects:
        # It opens connections and prepares statements, and is forgotten but for its speed.
        warm = await _shoot(subject, postmaster, _WARM_SECONDS, connections, _FIRST_GUESS)
        speeds[subject.name] = warm.per_second
    for _ in range(pace.rounds):
        for subject in _ORDER.sample(list(subjects), len(subjects)):
            speed = speeds[subject.name]
            figure = await _shoot(subject, postmaster, pace.seconds, connections, speed)
            speeds[subject.name] = max(speed, figure.per_second)
            found[subject.name].append(figure)
    return [Measured(subject.name, found[subject.name]) for subject in subjects]


async def _shoot(
    subject: Subject, postmaster: int, seconds: float, connections: int, speed: float
) -> Figure:
    requests = subject.requests(int(1.6 * speed * seconds) + 500)
    await asyncio.sleep(0.05)  # let the last round's connections close
    server, database = subject.server.cpu_seconds(), cpu_seconds(postmaster)
    tally = await load(
        subject.server.port,
        requests,
        seconds=seconds,
        connections=connections,
        status=subject.status,
        repeat=subject.repeat,
    )
    return Figure(
        per_second=tally.per_second,
        cpu_us=(subject.server.cpu_seconds() - server) / tally.answers * 1e6,
        database_us=(cpu_seconds(postmaster) - database) / tally.answers * 1e6,
        answer_bytes=tally.answer_bytes,
    )
