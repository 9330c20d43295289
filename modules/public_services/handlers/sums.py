"""For everybody: how it goes in sum, and a vote on what is told."""

from datetime import timedelta
from typing import Annotated, Literal, TypeAlias

import msgspec
from litestar import Response, get, post
from litestar.params import JSONBody, QueryParameter

from backend.kernel import (
    Anyone,
    Injected,
    Snapshot,
    Transaction,
    at_most,
    refuses,
)
from modules.public_services.errors import NoSuchProcedure
from modules.public_services.handlers.parameters import REFERENCE, Code
from modules.public_services.model.statistics import CommuneSums, DossierSums, as_csv
from modules.public_services.service import sums

ByAgency: TypeAlias = Annotated[
    str | None, QueryParameter(name="agency", max_length=200, description="Who resolves them.")
]


OfProcedure: TypeAlias = Annotated[
    str | None,
    QueryParameter(name="procedure", max_length=40, description="Code of a procedure."),
]


OfCommune: TypeAlias = Annotated[
    str | None,
    QueryParameter(name="commune", pattern="^[0-9]{5}$", description="Code of a commune."),
]


class Vote(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a page helped."""

    opinion: Literal["useful", "unclear", "outdated", "not-sought"]


@post(
    "/procedures/{code:str}/votes",
    guards=[Anyone(), at_most(20, per=timedelta(hours=1), by="address")],
    status_code=204,
    responses=refuses(NoSuchProcedure),
)
async def vote_on_procedure(code: Code, data: JSONBody[Vote], tx: Injected[Transaction]) -> None:
    """Say whether what is told of a procedure helped. Only sums of a day are kept."""
    await sums.vote(tx, code, data.opinion)


@get("/statistics/dossiers", guards=[Anyone()], cache_control=REFERENCE)
async def list_dossier_sums(
    snapshot: Injected[Snapshot], agency: ByAgency = None, procedure: OfProcedure = None
) -> DossierSums:
    """Read how dossiers went, by month, agency and procedure: by the first date and the present."""
    return await sums.sums(snapshot, agency, procedure)


@get(
    "/statistics/dossiers.csv",
    guards=[Anyone()],
    cache_control=REFERENCE,
    media_type="text/csv",
)
async def export_dossier_sums(
    snapshot: Injected[Snapshot], agency: ByAgency = None, procedure: OfProcedure = None
) -> Response[bytes]:
    """Fetch the same as CSV, whose second line says what each column counts."""
    told = await sums.sums(snapshot, agency, procedure)
    headers = {"Content-Disposition": 'attachment; filename="dossiers.csv"'}
    content = as_csv(told.sums, told.definitions)
    return Response(content, media_type="text/csv", headers=headers)


@get("/statistics/communes", guards=[Anyone()], cache_control=REFERENCE)
async def list_commune_sums(snapshot: Injected[Snapshot], commune: OfCommune = None) -> CommuneSums:
    """Read how dossiers went, by month and by the commune of whoever applied."""
    return await sums.communes(snapshot, commune)


@get(
    "/statistics/communes.csv",
    guards=[Anyone()],
    cache_control=REFERENCE,
    media_type="text/csv",
)
async def export_commune_sums(
    snapshot: Injected[Snapshot], commune: OfCommune = None
) -> Response[bytes]:
    """Fetch the same as CSV, whose second line says what each column counts."""
    told = await sums.communes(snapshot, commune)
    headers = {"Content-Disposition": 'attachment; filename="communes.csv"'}
    content = as_csv(told.sums, told.definitions)
    return Response(content, media_type="text/csv", headers=headers)


ROUTES = (
    vote_on_procedure,
    list_dossier_sums,
    export_dossier_sums,
    list_commune_sums,
    export_commune_sums,
)
