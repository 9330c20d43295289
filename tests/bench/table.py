"""The one table that `make bench` prints."""

from collections.abc import Mapping, Sequence
from typing import Final

from tests.bench.measure import Measured

_HEAD: Final = (
    f"{'':42}{'a second':>10}{'CPU µs':>8}{'PG µs':>8}{'bytes':>8}   {'ours is':>8}   goal"
)


def head() -> str:
    """Return the line above everything, and what its words mean."""
    return "\n".join(
        (
            "CPU µs and PG µs: processor time of the server and of PostgreSQL for one answer.",
            "ours is: answers a second of ours for one of theirs, medians of interleaved rounds.",
            "",
            _HEAD,
            "─" * len(_HEAD),
        )
    )


def section(title: str, measured: Sequence[Measured], goals: Mapping[str, float]) -> str:
    """Return the lines of one scenario; the first subject is ours."""
    ours, *others = measured
    lines = [title, _line(ours, "")]
    lines += [_line(each, _ratio(ours.ratio(each), goals.get(each.name))) for each in others]
    return "\n".join(lines)


def fact(title: str, value: str, verdict: str = "") -> str:
    """Return a line for something that is no load."""
    return f"{title:76}   {value:>8}   {verdict}".rstrip()


def verdict(reached: bool, goal: str) -> str:  # noqa: FBT001 - a fact, not a switch
    """Return a goal, and whether it is reached."""
    return f"{goal}  {'reached' if reached else 'NOT REACHED'}"


def _line(measured: Measured, ratio: str) -> str:
    return (
        f"  {measured.name:40}{measured.typical('per_second'):10,.0f}"
        f"{measured.typical('cpu_us'):8,.0f}{measured.typical('database_us'):8,.0f}"
        f"{measured.typical('answer_bytes'):8,.0f}   {ratio}"
    ).rstrip()


def _ratio(ratio: float, goal: float | None) -> str:
    said = f"{ratio:7.2f}×"
    return said if goal is None else f"{said}   {verdict(ratio >= goal, f'≥ {goal:g}')}"
