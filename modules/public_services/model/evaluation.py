"""How good a search is, on questions whose answers people have written down."""

import re
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

_GOAL: Final = re.compile(r"(R@1|R@5|MRR@10)=(\d?\.\d+|1|0)\Z")
_PLACES: Final = 10


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A question and the codes that answer it; none for one that no procedure answers."""

    query: str
    relevant: tuple[str, ...]
    kind: str = ""


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Shares of questions answered first, among the first five; mean reciprocal rank in ten."""

    kind: str
    questions: int
    first: float
    among_five: float
    reciprocal: float


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What one question got."""

    asked: Asked
    rank: int | None
    answerable: bool


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What an evaluation found, and on what: digests of the catalogue and of the terms."""

    figures: tuple[Figures, ...]
    out_of_scope: int
    rejected: int
    p50_ms: float
    p95_ms: float
    catalogue: str
    terms: str


Search = Callable[[str], tuple[Sequence[str], bool]]
"""From a question to codes, best first, and whether the search thinks that it knows."""


def run(questions: Sequence[Asked], search: Search) -> list[Result]:
    """Ask every question."""
    results: list[Result] = []
    for each in questions:
        codes, answerable = search(each.query)
        ranks = [place for place, code in enumerate(codes[:_PLACES], 1) if code in each.relevant]
        results.append(Result(asked=each, rank=ranks[0] if ranks else None, answerable=answerable))
    return results


def figures(results: Sequence[Result]) -> list[Figures]:
    """Return the figures of all questions that have an answer, then of each kind."""
    inside = [each for each in results if each.asked.relevant]
    kinds = sorted({each.asked.kind for each in inside})
    groups = [("all", inside)]
    groups += [(kind, [each for each in inside if each.asked.kind == kind]) for kind in kinds]
    return [_figures(kind, group) for kind, group in groups if group]


def _figures(kind: str, group: Sequence[Result]) -> Figures:
    ranks = [each.rank for each in group]
    return Figures(
        kind=kind,
        questions=len(group),
        first=sum(rank == 1 for rank in ranks) / len(group),
        among_five=sum(rank is not None and rank <= 5 for rank in ranks) / len(group),
        reciprocal=sum(1 / rank for rank in ranks if rank) / len(group),
    )


def rejected(results: Sequence[Result]) -> tuple[int, int]:
    """Return how many questions out of scope were known as such, and how many there are."""
    outside = [each for each in results if not each.asked.relevant]
    return sum(not each.answerable for each in outside), len(outside)


def unanswered(results: Sequence[Result]) -> list[Result]:
    """Return the questions whose answer was not among the first five."""
    return [each for each in results if each.asked.relevant and (each.rank or 99) > 5]


def report(
    results: Sequence[Result], seconds: Sequence[float], *, catalogue: str, terms: str
) -> Report:
    """Return all figures; `seconds` is how long each question took."""
    known, outside = rejected(results)
    took = sorted(seconds)
    return Report(
        figures=tuple(figures(results)),
        out_of_scope=outside,
        rejected=known,
        p50_ms=took[len(took) // 2] * 1000,
        p95_ms=took[len(took) * 95 // 100] * 1000,
        catalogue=catalogue,
        terms=terms,
    )


def missed(goals: str, reached: Figures) -> list[str]:
    """Return the goals, such as `R@5=.95,R@1=.75`, that were missed. Raises ValueError."""
    found: list[str] = []
    values = {"R@1": reached.first, "R@5": reached.among_five, "MRR@10": reached.reciprocal}
    for goal in filter(None, goals.split(",")):
        match = _GOAL.match(goal.strip())
        if match is None:
            raise ValueError(goal)
        if values[match[1]] < float(match[2]):
            found.append(f"{match[1]} is {values[match[1]]:.3f}, below {match[2]}")
    return found
