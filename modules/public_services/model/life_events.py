"""What happens to people, and a plan of the procedures that it brings with it."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from backend.kernel import Line, composed
from modules.public_services.model.decisions import (
    DecisionKind,
    Definition,
    Input,
    Value,
    evaluate,
)
from modules.public_services.model.procedures import CODE, Stored

CALENDAR: Final = "text/calendar"


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A procedure, due so many days after the fact; before it when negative."""

    code: str
    due_days: int
    note: str = ""
    decision: str | None = None
    """Key of the decision table that says whether it is needed, or what it costs."""


class DraftedStep(msgspec.Struct, frozen=True, kw_only=True):
    """A step as an editor writes it."""

    code: Annotated[str, Meta(pattern=CODE, max_length=40)]
    due_days: Annotated[int, Meta(ge=-3650, le=3650)]
    note: Annotated[str, Meta(max_length=500)] = ""
    decision: Annotated[str, Meta(pattern="^[a-z0-9-]{1,60}$")] | None = None


class LifeEvent(msgspec.Struct, frozen=True, kw_only=True):
    """What happened; `fact` says which day a plan counts from."""

    slug: str
    title: str
    audience: Literal["citizen", "business"]
    fact: str
    steps: tuple[Step, ...]
    version: int = 1
    position: int = 0
    """Its place among the others."""


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
    answers: Mapping[str, Value] = {}
    """What is known, by the name of a question."""


class Advice(msgspec.Struct, frozen=True, kw_only=True):
    """What a decision table says of a step; what is not known is not false, but `missing`."""

    key: str
    title: str
    kind: DecisionKind
    outcomes: tuple[dict[str, Value], ...]
    missing: tuple[str, ...]
    legal_references: tuple[str, ...]
    """Of the rules that apply."""


class PlannedStep(msgspec.Struct, frozen=True, kw_only=True):
    """One procedure of a plan."""

    code: str
    title: str
    due_on: date
    note: str
    advice: Advice | None = None


class Unneeded(msgspec.Struct, frozen=True, kw_only=True):
    """A procedure that a decision table rules out, and why."""

    code: str
    title: str
    advice: Advice


class PlannedPaper(msgspec.Struct, frozen=True, kw_only=True):
    """A paper, once, and the procedures that ask for it."""

    name: str
    codes: tuple[str, ...]


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Steps in the order of their days, and one list of papers for all of them."""

    title: str
    steps: tuple[PlannedStep, ...]
    papers: tuple[PlannedPaper, ...]
    unneeded: tuple[Unneeded, ...] = ()
    questions: tuple[Input, ...] = ()
    """What the plan may depend on; answers to them make it another."""


def carried_on(event: LifeEvent, after: Mapping[str, Sequence[str]]) -> LifeEvent:
    """Return the event with procedures that ended replaced by theirs; none stands twice."""
    steps = {
        code: msgspec.structs.replace(step, code=code)
        for step in reversed(event.steps)
        for code in after.get(step.code, (step.code,))
    }
    return msgspec.structs.replace(event, steps=tuple(reversed(steps.values())))


def plan(
    event: LifeEvent,
    asked: PlanRequest,
    known: Mapping[str, Stored],
    tables: Mapping[str, Definition],
    today: date,
) -> Plan:
    """Return a plan of what is in force; a procedure that ended is left out.

    Rules are those of the day of the fact, or of today when that is past: nobody applies earlier.
    Raises ValueError for an answer that no question asks for, or of another type.
    """
    questions = _questions(event, tables)
    if not all(
        name in questions and questions[name].admits(v) for name, v in asked.answers.items()
    ):
        raise ValueError("answers")
    steps: list[PlannedStep] = []
    unneeded: list[Unneeded] = []
    on = max(asked.fact_on, today)
    for step in sorted(event.steps, key=lambda each: each.due_days):
        if step.code not in known or step.code in asked.leave_out:
            continue
        title, advice = known[step.code].title, None
        if step.decision and step.decision in tables:
            advice = _advice(step.decision, tables[step.decision], asked.answers, on)
        if advice is not None and _rules_out(advice):
            unneeded.append(Unneeded(code=step.code, title=title, advice=advice))
            continue
        due_on = asked.fact_on + timedelta(days=step.due_days)
        steps.append(
            PlannedStep(code=step.code, title=title, due_on=due_on, note=step.note, advice=advice)
        )
    return Plan(
        title=event.title,
        steps=tuple(steps),
        papers=_papers([known[step.code] for step in steps]),
        unneeded=tuple(unneeded),
        questions=tuple(questions.values()),
    )


def _questions(event: LifeEvent, tables: Mapping[str, Definition]) -> dict[str, Input]:
    """Return what the tables of an event ask, each once: one name is one fact."""
    used = [tables[key] for step in event.steps if (key := step.decision or "") in tables]
    return {each.name: each for table in reversed(used) for each in table.inputs}


def _advice(key: str, table: Definition, answers: Mapping[str, Value], on: date) -> Advice:
    names = {each.name for each in table.inputs}
    told = evaluate(table, {name: v for name, v in answers.items() if name in names}, on)
    applying = [each.legal_reference for each in told.trace if each.result == "applies"]
    return Advice(
        key=key,
        title=table.title,
        kind=table.kind,
        outcomes=told.outcomes,
        missing=told.missing,
        legal_references=tuple(applying),
    )


def _rules_out(advice: Advice) -> bool:
    """Tell whether it is certain that nobody needs the step: `eligible` is false, not unknown."""
    outcomes = advice.outcomes if advice.kind == "eligibility" else ()
    return bool(outcomes) and all(each.get("eligible") is False for each in outcomes)


def _papers(procedures: Sequence[Stored]) -> tuple[PlannedPaper, ...]:
    papers: dict[str, dict[str, None]] = {}
    for each in procedures:
        for paper in (paper for case in each.body.cases for paper in case.papers):
            papers.setdefault(paper.name, {}).setdefault(each.code)
    return tuple(PlannedPaper(name=name, codes=tuple(codes)) for name, codes in papers.items())


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
