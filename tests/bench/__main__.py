"""`make bench`: one table of ratios against baselines measured in the same run.

make bench                        everything, under six minutes on two cores
make bench QUICK=1                shorter rounds: coarse, under ninety seconds
make bench ONLY=create,list-20    some scenarios
make bench PROFILE=signed-read    where our time goes in a scenario, by function
make bench REPORTS=100000,1000000 lists among so many reports: a quarter of an hour for a million
"""

import asyncio
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import uvloop

from tests.bench import looking, papers, reports, table, workers, years
from tests.bench.measure import FULL, QUICK, Pace, measure
from tests.bench.micro import costs
from tests.bench.profiling import profile
from tests.bench.scenarios import Scenario, scenarios
from tests.bench.searching import MB_MAX, MS_MAX, SIZE, searched
from tests.bench.servers import CROWDED, HOUSE, World, world
from tests.bench.start import WARM_SECONDS_MAX, warm_start_seconds

_WORKER_MB_MAX: Final = 150
_WORKERS: Final = (1, 2)
"""Processes that share a year's work."""


def main(environment: Mapping[str, str]) -> None:
    """Measure, and print as it goes."""
    began = time.monotonic()
    quick, only = bool(environment.get("QUICK")), environment.get("ONLY", "")
    profiled = environment.get("PROFILE", "")
    if sizes := environment.get("REPORTS"):
        asyncio.run(reports.compared([int(size) for size in sizes.split(",")]))
        return
    with world() as here:
        asked = _asked(scenarios(here), profiled or only, quick=quick)
        if profiled:
            for scenario in asked:
                _say(f"{scenario.title}\n{uvloop.run(profile(scenario))}\n")
            return
        _say(table.head())
        for scenario in asked:
            _say(uvloop.run(_measured(scenario, here, QUICK if quick else FULL)))
        if not only:
            for line in (*_facts(here), *_search_facts(), *_paper_facts()):
                _say(line)
            for line in _year_facts(years.HASTY if quick else years.FULL):
                _say(line)
            for line in _looking_facts(looking.HASTY if quick else looking.SIZES):
                _say(line)
    if not quick and not only:
        seconds = warm_start_seconds()
        goal = table.verdict(seconds <= WARM_SECONDS_MAX, f"≤ {WARM_SECONDS_MAX:g} s")
        _say(table.fact("a second `tinhs run`, until it is ready", f"{seconds:.1f} s", goal))
    _say(f"\n{time.monotonic() - began:.0f} seconds")


async def _measured(scenario: Scenario, here: World, pace: Pace) -> str:
    found = await measure(
        scenario.subjects, here.postmaster, pace, connections=scenario.connections
    )
    return table.section(scenario.title, found, scenario.goals)


def _facts(here: World) -> Iterator[str]:
    for title, ratio, most in uvloop.run(costs(here)):
        goal = table.verdict(ratio <= most, f"≤ {most:g}")
        yield table.fact(f"{title}, against one raw P-256 check", f"{ratio:.2f}×", goal)
    for name in (HOUSE, CROWDED):
        size = here.servers[name].worker_mb()
        goal = table.verdict(size < _WORKER_MB_MAX, f"< {_WORKER_MB_MAX} MB")
        yield table.fact(f"memory of one worker after all this: {name}", f"{size:.0f} MB", goal)


def _paper_facts() -> Iterator[str]:
    for title, ratio, most in papers.costs():
        goal = "" if most == float("inf") else table.verdict(ratio <= most, f"≤ {most:g}")
        yield table.fact(title, f"{ratio:.2f}×", goal)


def _year_facts(pupils: int) -> Iterator[str]:
    cost = uvloop.run(years.measured(pupils))
    yield table.fact(
        "school records issued in a core-hour, the whole chain", f"{3600 / cost.seconds:,.0f}", ""
    )
    hours = cost.seconds * 1e6 / 3600
    goal = table.verdict(hours <= years.CORE_HOURS_MAX, f"≤ {years.CORE_HOURS_MAX:g}")
    yield table.fact("core-hours for a million pupils", f"{hours:.1f}", goal)
    goal = table.verdict(cost.ratio <= years.RATIO_MAX, f"≤ {years.RATIO_MAX:g}")
    yield table.fact("the chain, against its primitives alone", f"{cost.ratio:.2f}×", goal)
    for name, seconds in (*cost.chain.items(), *cost.primitives.items()):
        yield table.fact(f"of it: {name}", f"{seconds * 1e3:.2f} ms", "")
    for number in _WORKERS:
        labour = uvloop.run(workers.shared(pupils, number))
        yield table.fact(
            f"school records in a core-hour, and in an hour, by workers: {number}",
            f"{3600 / labour.core_seconds:,.0f}, {3600 / labour.wall_seconds:,.0f}",
            "",
        )


def _looking_facts(sizes: Sequence[int]) -> Iterator[str]:
    for row in uvloop.run(looking.measured(sizes)):
        reached = row.ratio >= row.goal if row.at_least else row.ratio <= row.goal
        goal = table.verdict(reached, f"{'≥' if row.at_least else '≤'} {row.goal:g}")
        yield table.fact(row.title, f"{row.ratio:.2f}×", goal)


def _search_facts() -> Iterator[str]:
    found = searched()
    goal = table.verdict(found.p50_ms <= MS_MAX, f"≤ {MS_MAX:g} ms")
    title = f"search of {SIZE:,} procedures, in process: median, and 95 of 100"
    yield table.fact(title, f"{found.p50_ms:.1f} ms, {found.p95_ms:.1f} ms", goal)
    goal = table.verdict(found.mb <= MB_MAX, f"≤ {MB_MAX:g} MB")
    yield table.fact("memory of its index", f"{found.mb:.0f} MB", goal)
    yield table.fact(
        "questions a second, by tantivy on the same words", f"{found.by_tantivy:.2f}×", ""
    )
    yield table.fact("building its index anew", f"{found.build_seconds:.1f} s", "")


def _asked(known: list[Scenario], names: str, *, quick: bool) -> list[Scenario]:
    wanted = {name.strip() for name in names.split(",") if name.strip()}
    unknown = wanted - {scenario.name for scenario in known}
    if unknown:
        there_are = ", ".join(scenario.name for scenario in known)
        sys.exit(f"No such scenario: {', '.join(unknown)}; there are {there_are}")
    if wanted:
        return [scenario for scenario in known if scenario.name in wanted]
    return [scenario for scenario in known if scenario.in_haste or not quick]


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - the table is what this program is for


if __name__ == "__main__":
    main(os.environ)
