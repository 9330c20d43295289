"""What a rule says on a day, and who may change it."""

from datetime import date

from backend.kernel import Snapshot, Transaction, check_version
from modules.public_services.errors import (
    CasesFail,
    DecisionMalformed,
    NoSuchDecision,
)
from modules.public_services.model import decisions
from modules.public_services.model.decisions import Definition, Evaluation, Given
from modules.public_services.repository import decisions as repository
from modules.public_services.repository.decisions import DecisionRow
from modules.public_services.service.versions import settled


async def keys(snapshot: Snapshot) -> tuple[str, ...]:
    """Return the names of what can be decided."""
    return tuple(each.key for each in await repository.published(snapshot))


async def published(snapshot: Snapshot, key: str) -> DecisionRow:
    """Return what is published. Raises `NoSuchDecision`."""
    found = await repository.decision(snapshot, key, "published")
    if found is None:
        raise NoSuchDecision
    return found


async def evaluate(snapshot: Snapshot, key: str, given: Given, on: date | None) -> Evaluation:
    """Return what a table says. Raises `NoSuchDecision`, or `DecisionMalformed` for other types."""
    table = (await published(snapshot, key)).definition
    known = {each.name: each for each in table.inputs}
    for name, value in given.items():
        if name not in known or not known[name].admits(value):
            raise DecisionMalformed
    return decisions.evaluate(table, given, on or snapshot.today)


async def draft(
    tx: Transaction, key: str, definition: Definition, if_match: str | None
) -> DecisionRow:
    """Keep a draft: the next version. Raises `VersionRequired`, `VersionStale`."""
    newest = await repository.decision(tx, key, None)
    current = 0 if newest is None else newest.version
    check_version(current, if_match)
    is_draft = newest is not None and newest.status == "draft"
    kept = await repository.draft(tx, key, current if is_draft else current + 1, definition)
    return await settled(kept, lambda: repository.decision(tx, key, None))


async def publish(tx: Transaction, key: str) -> DecisionRow:
    """Let a draft be the answer, if its examples come out right.

    Raises `NoSuchDecision` or `CasesFail`.
    """
    drafted = await repository.decision(tx, key, "draft")
    if drafted is None:
        raise NoSuchDecision
    if decisions.faults(drafted.definition):
        raise CasesFail
    kept = await repository.publish(tx, key, drafted.version)
    if kept is None:
        raise NoSuchDecision
    return kept
