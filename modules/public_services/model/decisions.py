"""Decision tables in the words of DMN: rules with their articles and their days, and a trace.

What is not known is not false: an answer that depends on it says what is missing.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import combinations
from typing import Annotated, Any, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta

Value: TypeAlias = str | int | float | bool
Given: TypeAlias = Mapping[str, Value]
Passed: TypeAlias = bool | None
"""None: not known."""
DecisionKind = Literal["fee", "eligibility", "papers", "deadline"]
"""By an `eligibility` table whose outcome is `eligible: false` a life event leaves a step out."""

Name = Annotated[str, Meta(pattern="^[a-z][a-z0-9_]{0,40}$")]
Words = Annotated[str, Meta(min_length=1, max_length=500)]


_NUMBER: Final = re.compile(r"-?\d{1,12}([.,]\d{1,6})?", re.ASCII)


class Input(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a decision may depend on."""

    name: Name
    label: Words
    type: Literal["boolean", "number", "text"]
    choices: tuple[str, ...] = ()

    def admits(self, value: Value) -> bool:
        """Tell whether a value is of this input's type."""
        if self.type == "boolean":
            return isinstance(value, bool)
        if self.type == "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        return isinstance(value, str) and (not self.choices or value in self.choices)

    def read(self, text: str) -> Value:
        """Return what somebody typed as a value of this type. Raises ValueError."""
        value: Value = text
        if self.type == "boolean":
            value = {"true": True, "false": False}.get(text, text)
        elif self.type == "number":
            if not _NUMBER.fullmatch(text):
                raise ValueError(text)
            value = float(text.replace(",", ".")) if "." in text or "," in text else int(text)
        if not self.admits(value):
            raise ValueError(text)
        return value


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """A comparison of one input; `between` has both ends, `in` any number of values."""

    input: Name
    is_: Literal["=", "!=", "<", "<=", ">", ">=", "in", "between"] = msgspec.field(name="is")
    values: Annotated[tuple[Value, ...], Meta(min_length=1, max_length=50)]

    def passes(self, given: Given) -> Passed:
        """Tell whether it holds; None when the input is not given."""
        if self.input not in given:
            return None
        return self.holds(given[self.input])

    def holds(self, value: Value) -> bool:
        """Tell whether it holds for a value."""
        first: Any = self.values[0]
        found: Any = value
        match self.is_:
            case "=":
                return found == first
            case "!=":
                return found != first
            case "<":
                return found < first
            case "<=":
                return found <= first
            case ">":
                return found > first
            case ">=":
                return found >= first
            case "in":
                return found in self.values
            case "between":
                last: Any = self.values[-1]
                return first <= found <= last


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """What holds under conditions, from one day to another, and which article says so."""

    key: Annotated[str, Meta(pattern="^[a-z0-9-]{1,40}$")]
    when: Annotated[tuple[Condition, ...], Meta(max_length=20)] = ()
    outcome: Annotated[dict[str, Value], Meta(min_length=1, max_length=20)]
    legal_reference: Words
    valid_from: date
    valid_to: date | None = None

    def is_in_force(self, on: date) -> bool:
        return self.valid_from <= on and (self.valid_to is None or on < self.valid_to)


class DecisionExample(msgspec.Struct, frozen=True, kw_only=True):
    """An example that a table must answer so, or it is not published."""

    inputs: dict[str, Value]
    on: date
    expected: dict[str, Value] | None


class Definition(msgspec.Struct, frozen=True, kw_only=True):
    """A decision table. `gap` admits that some questions have no answer in it."""

    title: Words
    kind: DecisionKind
    inputs: Annotated[tuple[Input, ...], Meta(min_length=1, max_length=30)]
    rules: Annotated[tuple[Rule, ...], Meta(min_length=1, max_length=200)]
    hit: Literal["unique", "first", "collect"] = "first"
    default: dict[str, Value] | None = None
    gap: bool = False
    cases: Annotated[tuple[DecisionExample, ...], Meta(max_length=200)] = ()
    procedure_code: str | None = None


class TracedCondition(msgspec.Struct, frozen=True, kw_only=True):
    """A condition, what was given, and whether it held; null when it was not given."""

    condition: Condition
    given: Value | None
    passed: bool | None


class TracedRule(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a rule."""

    key: str
    result: Literal["applies", "fails", "unknown", "not_in_force"]
    legal_reference: str
    conditions: tuple[TracedCondition, ...]


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """An answer on a day: what comes of it, what would have to be known, and why."""

    on: date
    outcomes: tuple[dict[str, Value], ...]
    missing: tuple[str, ...]
    trace: tuple[TracedRule, ...]


def evaluate(table: Definition, given: Given, on: date) -> Evaluation:
    """Return what a table says on a day of what is given."""
    trace = tuple(_traced(rule, given, on) for rule in table.rules)
    applying: list[dict[str, Value]] = []
    missing: dict[str, None] = {}
    for rule, traced in zip(table.rules, trace, strict=True):
        if traced.result == "unknown":
            unknown = [each for each in traced.conditions if each.passed is None]
            missing |= {each.condition.input: None for each in unknown}
            if table.hit == "first":
                break
        elif traced.result == "applies":
            applying.append(rule.outcome)
            if table.hit != "collect":
                break
    if applying and table.hit != "collect":
        missing = {}
    if not applying and not missing and table.default is not None:
        applying = [table.default]
    return Evaluation(on=on, outcomes=tuple(applying), missing=tuple(missing), trace=trace)


def _traced(rule: Rule, given: Given, on: date) -> TracedRule:
    conditions = tuple(
        TracedCondition(condition=each, given=given.get(each.input), passed=each.passes(given))
        for each in rule.when
    )
    passed = [each.passed for each in conditions]
    result: Literal["applies", "fails", "unknown", "not_in_force"] = "applies"
    if not rule.is_in_force(on):
        result = "not_in_force"
    elif False in passed:
        result = "fails"
    elif None in passed:
        result = "unknown"
    return TracedRule(
        key=rule.key, result=result, legal_reference=rule.legal_reference, conditions=conditions
    )


def faults(table: Definition) -> list[str]:
    """Return why a table cannot be published; each line begins with what it is about."""
    known = {each.name: each for each in table.inputs}
    found = [
        f"{rule.key}: no input {condition.input}, or not of its type"
        for rule in table.rules
        for condition in rule.when
        if condition.input not in known
        or not all(known[condition.input].admits(value) for value in condition.values)
    ]
    found += [
        f"cases/{number}: {name} is no input, or not of its type"
        for number, case in enumerate(table.cases)
        for name, value in case.inputs.items()
        if name not in known or not known[name].admits(value)
    ]
    if found:
        return found
    found = [f"{name}: twice" for name in _twice([rule.key for rule in table.rules])]
    if table.hit == "unique":
        found += [
            f"{one.key}: meets {other.key}"
            for one, other in combinations(table.rules, 2)
            if _may_meet(one, other)
        ]
    if table.default is None and not table.gap and all(rule.when for rule in table.rules):
        found.append("default: missing, and no gap is admitted")
    if not table.cases:
        found.append("cases: none")
    for number, case in enumerate(table.cases):
        outcomes = evaluate(table, case.inputs, case.on).outcomes
        if (outcomes[0] if outcomes else None) != case.expected:
            found.append(f"cases/{number}: another answer")
    return found


def _twice(names: Sequence[str]) -> set[str]:
    return {name for name in names if names.count(name) > 1}


def _may_meet(one: Rule, other: Rule) -> bool:
    """Tell whether two rules could hold at once: on some day, for some values."""
    ends = [rule.valid_to or date.max for rule in (one, other)]
    if max(one.valid_from, other.valid_from) >= min(ends):
        return False
    shared = {each.input for each in one.when} & {each.input for each in other.when}
    for name in shared:
        conditions = [each for rule in (one, other) for each in rule.when if each.input == name]
        if not any(all(each.holds(value) for each in conditions) for value in _probes(conditions)):
            return False
    return True


def _probes(conditions: Sequence[Condition]) -> list[Value]:
    """Return values that tell conditions apart: those named, and numbers beside and between."""
    named = [value for each in conditions for value in each.values]
    probes: list[Value] = [*named]
    for value in named:
        if isinstance(value, bool):
            probes += [True, False]
        elif isinstance(value, int | float):
            probes += [value - 0.5, value + 0.5]
        else:
            probes.append(f"{value} other")
    return probes
