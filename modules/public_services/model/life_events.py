"""What happens to people, and a plan of the procedures that it brings with it."""

from datetime import date, timedelta
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from backend.kernel import Line, composed
from modules.public_services.model.procedures import CODE, Stored

CALENDAR: Final = "text/calendar"


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A procedure, due so many days after the fact; before it when negative."""

    code: str
    due_days: int
    note: str = ""


class DraftedStep(msgspec.Struct, frozen=True, kw_only=True):
    """A step as an editor writes it."""

    code: Annotated[str, Meta(pattern=CODE, max_length=40)]
    due_days: Annotated[int, Meta(ge=-3650, le=3650)]
    note: Annotated[str, Meta(max_length=500)] = ""


class LifeEvent(msgspec.Struct, frozen=True, kw_only=True):
    """What happened; `fact` says which day a plan counts from."""

    slug: str
    title: str
    audience: Literal["citizen", "business"]
    fact: str
    steps: tuple[Step, ...]
    version: int = 1


class LifeEventDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A life event as an editor writes it, and its place among the others."""

    title: Line
    audience: Literal["citizen", "business"]
    fact: Line
    position: Annotated[int, Meta(ge=0, le=1000)] = 0
    steps: Annotated[tuple[DraftedStep, ...], Meta(min_length=1, max_length=50)]

    def __post_init__(self) -> None:
        composed(self)


class LifeEvents(msgspec.Struct, frozen=True, kw_only=True):
    """Every life event, in the order in which they are offered."""

    events: tuple[LifeEvent, ...]


class PlanRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What a plan is made from. Nothing of it is kept."""

    fact_on: date
    leave_out: tuple[str, ...] = ()
    """Codes of procedures that are done already, or not needed."""


class PlannedStep(msgspec.Struct, frozen=True, kw_only=True):
    """One procedure of a plan."""

    code: str
    title: str
    due_on: date
    note: str


class PlannedPaper(msgspec.Struct, frozen=True, kw_only=True):
    """A paper, once, and the procedures that ask for it."""

    name: str
    codes: tuple[str, ...]


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Steps in the order of their days, and one list of papers for all of them."""

    title: str
    steps: tuple[PlannedStep, ...]
    papers: tuple[PlannedPaper, ...]


def plan(event: LifeEvent, asked: PlanRequest, known: dict[str, Stored]) -> Plan:
    """Return a plan of what is in force; a procedure that ended is left out."""
    steps = [
        each for each in event.steps if each.code in known and each.code not in asked.leave_out
    ]
    steps.sort(key=lambda each: each.due_days)
    papers: dict[str, list[str]] = {}
    for step in steps:
        for case in known[step.code].body.cases:
            for paper in case.papers:
                codes = papers.setdefault(paper.name, [])
                if step.code not in codes:
                    codes.append(step.code)
    return Plan(
        title=event.title,
        steps=tuple(
            PlannedStep(
                code=step.code,
                title=known[step.code].title,
                due_on=asked.fact_on + timedelta(days=step.due_days),
                note=step.note,
            )
            for step in steps
        ),
        papers=tuple(PlannedPaper(name=name, codes=tuple(codes)) for name, codes in papers.items()),
    )


def calendar(made: Plan, stamp: str) -> str:
    """Return the plan as iCalendar (RFC 5545), an all-day entry for each step."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//tinhs//public services//VI"]
    for step in made.steps:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{step.code}-{step.due_on}@tinhs",
            f"DTSTAMP:{stamp}",
            f"DTSTART;VALUE=DATE:{step.due_on:%Y%m%d}",
            f"SUMMARY:{_escaped(step.title)}",
            f"DESCRIPTION:{_escaped(step.note)}",
            "END:VEVENT",
        ]
    folded = [part for line in [*lines, "END:VCALENDAR"] for part in _folded(line)]
    return "\r\n".join(folded) + "\r\n"


def _escaped(text: str) -> str:
    plain = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return plain.replace("\n", "\\n")


def _folded(line: str) -> list[str]:
    """Return the line in pieces of at most 75 octets (RFC 5545 §3.1), no letter broken."""
    pieces = [""]
    for letter in line:
        if len((pieces[-1] + letter).encode()) > 75:
            pieces.append(" ")
        pieces[-1] += letter
    return pieces
