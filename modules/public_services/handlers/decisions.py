"""Decision tables: for everybody to ask, for editors to write."""

from datetime import date
from typing import Annotated, TypeAlias

import msgspec
from litestar import get, post
from litestar.params import JSONBody, PathParameter
from msgspec import Meta

from backend.kernel import (
    Anyone,
    IfMatch,
    Injected,
    Snapshot,
    Transaction,
    refuses,
    requires,
)
from modules.public_services.errors import (
    CasesFail,
    DecisionMalformed,
    NoSuchDecision,
)
from modules.public_services.handlers.parameters import REFERENCE
from modules.public_services.handlers.writing import put_by_editors
from modules.public_services.model.decisions import Definition, Evaluation, Value
from modules.public_services.repository.decisions import DecisionRow
from modules.public_services.scopes import PUBLISH
from modules.public_services.service import decisions

DecisionKey: TypeAlias = Annotated[
    str, PathParameter(pattern="^[a-z0-9-]{1,60}$", max_length=60, description="Its name.")
]


class DecisionKeys(msgspec.Struct, frozen=True, kw_only=True):
    """What can be decided here."""

    keys: tuple[str, ...]


class ToDecide(msgspec.Struct, frozen=True, kw_only=True):
    """What is known, by input; nothing of it is kept."""

    inputs: Annotated[dict[str, Value], Meta(max_length=30)] = {}
    on: date | None = None


@get("/decisions", guards=[Anyone()], cache_control=REFERENCE)
async def list_decisions(snapshot: Injected[Snapshot]) -> DecisionKeys:
    """List the decision tables that are published."""
    return DecisionKeys(keys=await decisions.keys(snapshot))


@get(
    "/decisions/{key:str}",
    guards=[Anyone()],
    cache_control=REFERENCE,
    responses=refuses(NoSuchDecision),
)
async def read_decision(key: DecisionKey, snapshot: Injected[Snapshot]) -> DecisionRow:
    """Read a decision table: inputs, rules, articles, examples."""
    return await decisions.published(snapshot, key)


@post(
    "/decisions/{key:str}/evaluations",
    guards=[Anyone()],
    status_code=200,
    responses=refuses(NoSuchDecision, DecisionMalformed),
)
async def evaluate_decision(
    key: DecisionKey, data: JSONBody[ToDecide], snapshot: Injected[Snapshot]
) -> Evaluation:
    """Ask what a table says on a day: the outcome, what is missing, and the trace of every rule."""
    return await decisions.evaluate(snapshot, key, data.inputs, data.on)


@put_by_editors("/decisions/{key:str}")
async def draft_decision(
    key: DecisionKey,
    data: JSONBody[Definition],
    tx: Injected[Transaction],
    if_match: IfMatch = None,
) -> DecisionRow:
    """Write the next version of a decision table as a draft; `"0"` matches when there is none."""
    return await decisions.draft(tx, key, data, if_match)


@post(
    "/decisions/{key:str}/publication",
    guards=[requires(PUBLISH)],
    status_code=200,
    responses=refuses(NoSuchDecision, CasesFail),
)
async def publish_decision(key: DecisionKey, tx: Injected[Transaction]) -> DecisionRow:
    """Publish a draft whose examples come out right and whose rules do not contradict."""
    return await decisions.publish(tx, key)


ROUTES = (
    list_decisions,
    read_decision,
    evaluate_decision,
    draft_decision,
    publish_decision,
)
