"""A judge of our permissions that others wrote: Cedar decides the same questions, at random.

Each scope of the installed modules becomes a Cedar policy, door and rule together, and 10,000
random callers ask for 10,000 random rows. Cedar is in no lock of ours (`pip install
cedarpy==4.12.2`): a judge and no part of the house, for its decision takes a thousand times ours.
"""

import json
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from backend.host.registry import discover
from backend.kernel import DomainError, Principal, Rule, Scope, rules
from backend.kernel.auth import admit

NOW: Final = datetime(2026, 11, 22, 9, tzinfo=UTC)
DECISIONS: Final = 10_000
_BATCH: Final = 500
_IDS: Final = [UUID(int=number) for number in range(1, 4)]
_AREAS: Final = ["38", "14797", "16531"]
_CLIENTS: Final = ["tinhs-app", "bank"]
_FEW: Final = (0, 1, 2, 2, 3)


class Row(msgspec.Struct, frozen=True):
    """A row that has every column, and whether its person agrees."""

    columns: Mapping[str, Any]
    is_consented: bool

    def __getattr__(self, name: str) -> Any:
        return self.columns[name]


def condition(rule: Rule) -> str:
    """Return a rule in Cedar's words."""
    return _WORDS[type(rule)](rule)


def _is_told(rule: Rule | None) -> bool:
    """Tell whether Cedar knows all words of a rule; a module may have one of its own."""
    if isinstance(rule, rules._Both | rules._Either):
        return _is_told(rule._left) and _is_told(rule._right)
    return rule is None or type(rule) in _WORDS


def _column(rule: Any) -> str:
    return f'resource has "{rule._column}" && '


_WORDS: Final[Mapping[type[Rule], Callable[[Any], str]]] = {
    rules._Both: lambda r: f"(({condition(r._left)}) && ({condition(r._right)}))",
    rules._Either: lambda r: f"(({condition(r._left)}) || ({condition(r._right)}))",
    rules._Owner: lambda r: (
        f'({_column(r)}principal has "person" && resource["{r._column}"] == principal["person"])'
    ),
    rules._WardOf: lambda r: f'({_column(r)}principal.wards.contains(resource["{r._column}"]))',
    rules._SameAgency: lambda r: (
        f'({_column(r)}principal.agencies.contains(resource["{r._column}"]))'
    ),
    rules._AreaIn: lambda r: f'({_column(r)}principal.areas.contains(resource["{r._column}"]))',
    rules._Role: lambda r: f"principal.roles.containsAny({json.dumps(sorted(r._names))})",
    rules._Client: lambda r: (
        f'({_column(r)}principal has "client" && resource["{r._column}"] == principal.client)'
    ),
    rules._PurposeConsented: lambda _: 'principal.kind == "partner" && resource.is_consented',
    rules._Everything: lambda _: "true",
}


def policy(scope: Scope) -> str:
    """Return a scope as a Cedar policy: who may come in, and to which rows."""
    kinds, wanted = json.dumps(sorted(scope.kinds)), json.dumps(sorted(scope.purposes))
    roles, name = json.dumps(sorted(scope.roles)), json.dumps(scope.name)
    held = (
        f'(if principal.kind == "staff" then principal.roles.containsAny({roles})'
        f" else principal.scopes.contains({name}))"
    )
    said = (
        f'(principal.kind != "partner" || (principal has "purpose" &&'
        f" {wanted}.contains(principal.purpose)))"
        if scope.purposes
        else "true"
    )
    aal = {"": 0, "aal1": 1, "aal2": 2}[scope.acr]
    age = "true"
    if scope.max_age is not None:
        age = f'(principal has "age" && principal.age <= {int(scope.max_age.total_seconds())})'
    proved = (
        f'(principal.kind == "partner" ||'
        f" (principal.ial >= {scope.ial} && principal.aal >= {aal} && {age}))"
    )
    touches = condition(scope.rule) if scope.rule is not None else "false"
    return (
        f"permit(principal, action == Action::{json.dumps(scope.name)}, resource) when {{"
        f" {kinds}.contains(principal.kind) && {held} && {said} && {proved} && ({touches}) }};"
    )


def ours(scope: Scope, principal: Principal, row: Row) -> bool:
    """Return what the house decides: its door, then its rule."""
    try:
        admit(principal, scope, NOW)
    except DomainError:
        return False
    return scope.rule is not None and scope.rule.test(principal, row)


def columns(rule: Rule | None) -> Iterator[tuple[str, list[Any]]]:
    """Yield the columns that a rule looks at, and what may stand in them."""
    if isinstance(rule, rules._Both | rules._Either):
        yield from columns(rule._left)
        yield from columns(rule._right)
    elif isinstance(rule, rules._AreaIn):
        yield rule._column, _AREAS
    elif isinstance(rule, rules._Client):
        yield rule._column, _CLIENTS
    elif isinstance(rule, rules._Owner | rules._WardOf | rules._SameAgency):
        yield rule._column, _IDS


def caller(dice: random.Random, scope: Scope) -> Principal:
    """Return somebody who may do it, nearly may, or may not at all."""

    def some(values: list[Any]) -> frozenset[Any]:
        return frozenset(dice.sample(values, min(len(values), dice.choice(_FEW))))

    return Principal(
        kind=dice.choice(
            [*sorted(scope.kinds) * 9, "citizen", "staff", "partner", "anyone", "job"]
        ),
        person_id=dice.choice([None, *_IDS]),
        client_id=dice.choice(["", *_CLIENTS]),
        scopes=frozenset({dice.choice([*[scope.name] * 5, "other:one"])}),
        roles=some([*sorted(scope.roles), "stranger"]),
        agencies=some(_IDS),
        areas=some(_AREAS),
        wards=some(_IDS),
        ial=dice.choice([0, 1, 2, 2]),
        acr=dice.choice(["", "aal1", "aal2", "aal2"]),
        auth_time=dice.choice([None, *(NOW - timedelta(seconds=s) for s in (0, 9, 299, 300, 301))]),
        purpose=dice.choice([None, "else.where", *sorted(scope.purposes)]),
    )


def question(scope: Scope, principal: Principal, row: Row) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return caller and row as Cedar's entities have them; what is null is left out."""
    given = {
        "person": principal.person_id,
        "client": principal.client_id or None,
        "purpose": principal.purpose,
        "age": None
        if principal.auth_time is None
        else int((NOW - principal.auth_time).total_seconds()),
        "aal": {"": 0, "aal1": 1, "aal2": 2}[principal.acr],
        "ial": principal.ial,
        "kind": principal.kind,
        **{
            name: sorted(map(str, getattr(principal, name)))
            for name in ("scopes", "roles", "agencies", "areas", "wards")
        },
    }
    return _kept(given), _kept({**row.columns, "is_consented": row.is_consented})


def _kept(values: Mapping[str, Any]) -> dict[str, Any]:
    return {n: str(v) if isinstance(v, UUID) else v for n, v in values.items() if v is not None}


def judged(seed: int = 7) -> Counter[str]:
    """Return how often both decided what. Raises `AssertionError` at the first difference."""
    # Without it the other judges are heard all the same.
    import cedarpy  # noqa: PLC0415 # pyright: ignore[reportMissingImports]

    dice = random.Random(seed)  # noqa: S311 - questions, not keys
    declared = [scope for module in discover(guests=()) for scope in module.scopes]
    scopes = [scope for scope in declared if _is_told(scope.rule)]
    policies = cedarpy.PolicySet.from_str("\n".join(map(policy, scopes)))
    counts: Counter[str] = Counter()
    for _ in range(DECISIONS // _BATCH):
        asked, entities, requests = [], [], []
        for number in range(_BATCH):
            scope = dice.choice(scopes)
            found = {name: dice.choice([None, *values]) for name, values in columns(scope.rule)}
            principal, row = caller(dice, scope), Row(found, dice.random() < 0.5)
            who, what = question(scope, principal, row)
            for kind, attributes in (("Caller", who), ("Row", what)):
                uid = {"type": kind, "id": str(number)}
                entities.append({"uid": uid, "attrs": attributes, "parents": []})
            requests.append(
                {
                    "principal": {"type": "Caller", "id": str(number)},
                    "action": {"type": "Action", "id": scope.name},
                    "resource": {"type": "Row", "id": str(number)},
                    "context": {},
                }
            )
            asked.append((scope, principal, row))
        answers = cedarpy.is_authorized_batch(requests, policies, entities)
        for (scope, principal, row), answer in zip(asked, answers, strict=True):
            assert not answer.diagnostics.errors, answer.diagnostics.errors
            theirs, mine = bool(answer.allowed), ours(scope, principal, row)
            assert theirs == mine, (scope.name, principal, row, theirs)
            counts["allowed" if mine else "refused"] += 1
    counts["scopes"], counts["left out"] = len(scopes), len(declared) - len(scopes)
    return counts


def told() -> str:
    """Return a line for whoever runs the judges; without Cedar it says so."""
    try:
        counts = judged()
    except ModuleNotFoundError:
        return "cedar: NOT TRIED; pip install cedarpy==4.12.2"
    decided = counts["allowed"] + counts["refused"]
    left = f"; {counts['left out']} scopes have words of their own" if counts["left out"] else ""
    return (
        f"cedar: {decided} decisions of {counts['scopes']} scopes, {counts['allowed']} allow{left}"
    )


if __name__ == "__main__":
    sys.stdout.write(told() + "\n")
