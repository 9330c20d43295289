"""For everybody: what a rule says, where to go, whom to ring, and how it goes in sum."""

from datetime import date, timedelta
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

import msgspec
from litestar import delete, get, post, put
from litestar.params import JSONBody, PathParameter, QueryParameter
from msgspec import Meta

from backend.kernel import (
    Anyone,
    BadRequest,
    IfMatch,
    Injected,
    Snapshot,
    Transaction,
    VersionRequired,
    VersionStale,
    at_most,
    refuses,
    requires,
)
from contracts.problem import Fault
from modules.public_services.errors import (
    CasesFail,
    DecisionMalformed,
    NoSuchDecision,
    NoSuchOffice,
    NoSuchProcedure,
)
from modules.public_services.handlers.parameters import FRESH, REFERENCE, Code
from modules.public_services.model.decisions import Definition, Evaluation, Value
from modules.public_services.model.offices import (
    Hotline,
    Hotlines,
    Office,
    OfficeDraft,
    Offices,
)
from modules.public_services.repository.answers import DecisionRow, DossierSum
from modules.public_services.scopes import EDIT, PUBLISH
from modules.public_services.service import answers

DecisionKey: TypeAlias = Annotated[
    str, PathParameter(pattern="^[a-z0-9-]{1,60}$", max_length=60, description="Its name.")
]
OfficeId: TypeAlias = Annotated[UUID, PathParameter(description="Of an office; you choose it.")]


class DecisionKeys(msgspec.Struct, frozen=True, kw_only=True):
    """What can be decided here."""

    keys: tuple[str, ...]


class ToDecide(msgspec.Struct, frozen=True, kw_only=True):
    """What is known, by input; nothing of it is kept."""

    inputs: Annotated[dict[str, Value], Meta(max_length=30)] = {}
    on: date | None = None


class Vote(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a page helped."""

    opinion: Literal["useful", "unclear", "outdated", "not-sought"]


class ToRing(msgspec.Struct, frozen=True, kw_only=True):
    """Whom to ring; a number stands once."""

    hotlines: Annotated[tuple[Hotline, ...], Meta(min_length=1, max_length=100)]

    def __post_init__(self) -> None:
        if len({each.number for each in self.hotlines}) < len(self.hotlines):
            raise ValueError("hotlines")


class DossierSums(msgspec.Struct, frozen=True, kw_only=True):
    """Sums of at least five dossiers; smaller ones are left out."""

    sums: tuple[DossierSum, ...]


@get("/decisions", guards=[Anyone()], cache_control=REFERENCE)
async def list_decisions(snapshot: Injected[Snapshot]) -> DecisionKeys:
    """List the decision tables that are published."""
    return DecisionKeys(keys=await answers.keys(snapshot))


@get(
    "/decisions/{key:str}",
    guards=[Anyone()],
    cache_control=REFERENCE,
    responses=refuses(NoSuchDecision),
)
async def read_decision(key: DecisionKey, snapshot: Injected[Snapshot]) -> DecisionRow:
    """Read a decision table: inputs, rules, articles, examples."""
    return await answers.published(snapshot, key)


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
    return await answers.evaluate(snapshot, key, data.inputs, data.on)


@put(
    "/decisions/{key:str}",
    guards=[requires(EDIT)],
    responses=refuses(VersionRequired, VersionStale),
)
async def draft_decision(
    key: DecisionKey,
    data: JSONBody[Definition],
    tx: Injected[Transaction],
    if_match: IfMatch = None,
) -> DecisionRow:
    """Write the next version of a decision table as a draft; `"0"` matches when there is none."""
    return await answers.draft(tx, key, data, if_match)


@post(
    "/decisions/{key:str}/publication",
    guards=[requires(PUBLISH)],
    status_code=200,
    responses=refuses(NoSuchDecision, CasesFail),
)
async def publish_decision(key: DecisionKey, tx: Injected[Transaction]) -> DecisionRow:
    """Publish a draft whose examples come out right and whose rules do not contradict."""
    return await answers.publish(tx, key)


@get("/offices", guards=[Anyone()], cache_control=FRESH)
async def list_offices(
    snapshot: Injected[Snapshot],
    commune: Annotated[
        str | None, QueryParameter(pattern="^[0-9]{5}$", description="Code of a commune.")
    ] = None,
    lat: Annotated[
        float | None, QueryParameter(ge=-90, le=90, description="Where somebody is; with `lon`.")
    ] = None,
    lon: Annotated[
        float | None, QueryParameter(ge=-180, le=180, description="Where somebody is.")
    ] = None,
) -> Offices:
    """List offices: open now or when next, how far; the nearest first where a point is given."""
    if (lat is None) != (lon is None):
        raise BadRequest(errors=[Fault(parameter="lon", code="inconsistent")])
    point = None if lat is None or lon is None else (lat, lon)
    return Offices(offices=tuple(await answers.near(snapshot, commune, point)))


@put(
    "/offices/{office_id:uuid}",
    guards=[requires(EDIT)],
    responses=refuses(VersionRequired, VersionStale),
)
async def write_office(
    office_id: OfficeId,
    data: JSONBody[OfficeDraft],
    tx: Injected[Transaction],
    if_match: IfMatch = None,
) -> Office:
    """Write an office; `"0"` matches when there is none of that id."""
    return await answers.put_office(tx, office_id, data, if_match)


@get("/offices/{office_id:uuid}", guards=[Anyone()], responses=refuses(NoSuchOffice))
async def read_office(office_id: OfficeId, snapshot: Injected[Snapshot]) -> Office:
    """Read one office; its `ETag` is what an editor shows to change it."""
    return await answers.office(snapshot, office_id)


@delete(
    "/offices/{office_id:uuid}",
    guards=[requires(EDIT)],
    responses=refuses(NoSuchOffice, VersionRequired, VersionStale),
)
async def drop_office(
    office_id: OfficeId, tx: Injected[Transaction], if_match: IfMatch = None
) -> None:
    """Take an office off the list."""
    await answers.drop_office(tx, office_id, if_match)


@get("/hotlines", guards=[Anyone()], cache_control=REFERENCE)
async def list_hotlines(snapshot: Injected[Snapshot]) -> Hotlines:
    """List whom to ring about what, and when somebody answers."""
    return Hotlines(hotlines=await answers.hotlines(snapshot))


@put("/hotlines", guards=[requires(EDIT)])
async def write_hotlines(data: JSONBody[ToRing], tx: Injected[Transaction]) -> Hotlines:
    """Write all numbers anew, in the order in which they are shown."""
    return Hotlines(hotlines=await answers.put_hotlines(tx, data.hotlines))


@post(
    "/procedures/{code:str}/votes",
    guards=[Anyone(), at_most(20, per=timedelta(hours=1), by="address")],
    status_code=204,
    responses=refuses(NoSuchProcedure),
)
async def vote_on_procedure(code: Code, data: JSONBody[Vote], tx: Injected[Transaction]) -> None:
    """Say whether what is told of a procedure helped. Only sums of a day are kept."""
    await answers.vote(tx, code, data.opinion)


@get("/statistics/dossiers", guards=[Anyone()], cache_control=REFERENCE)
async def list_dossier_sums(
    snapshot: Injected[Snapshot],
    agency: Annotated[
        str | None, QueryParameter(max_length=200, description="Who resolves them.")
    ] = None,
    procedure: Annotated[
        str | None, QueryParameter(max_length=40, description="Code of a procedure.")
    ] = None,
) -> DossierSums:
    """Read how dossiers went, by month, agency and procedure: by the first date and the present."""
    return DossierSums(sums=await answers.sums(snapshot, agency, procedure))


ROUTES = (
    list_decisions,
    read_decision,
    evaluate_decision,
    draft_decision,
    publish_decision,
    list_offices,
    read_office,
    write_office,
    drop_office,
    list_hotlines,
    write_hotlines,
    vote_on_procedure,
    list_dossier_sums,
)
