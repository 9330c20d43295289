"""For other systems: the catalogue in the words of CPSV-AP, schema.org and HSDS."""

from typing import Annotated, Any, TypeAlias, cast
from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.params import PathParameter, QueryParameter

from backend.kernel import Anyone, Injected, NotFound, Snapshot, refuses
from modules.public_services.errors import NoSuchProcedure
from modules.public_services.handlers.parameters import REFERENCE, Code
from modules.public_services.model.exports import hsds
from modules.public_services.service import exports

_JSON_LD = "application/ld+json"

Number: TypeAlias = Annotated[
    int, QueryParameter(name="page", ge=1, le=100_000, description="Which page, from 1.")
]
PerPage: TypeAlias = Annotated[
    int, QueryParameter(name="per_page", ge=1, le=100, description="How many on a page.")
]
HsdsId: TypeAlias = Annotated[UUID, PathParameter(description="Its id.")]


def _linked(content: dict[str, Any]) -> Response[dict[str, Any]]:
    # Encoded here, for the framework knows no JSON of this kind; described as what it is.
    return Response(cast("Any", msgspec.json.encode(content)), media_type=_JSON_LD)


@get(
    "/procedures/{code:str}/cpsv-ap",
    guards=[Anyone()],
    cache_control=REFERENCE,
    media_type=_JSON_LD,
    responses=refuses(NoSuchProcedure),
)
async def read_cpsv_ap(code: Code, snapshot: Injected[Snapshot]) -> Response[dict[str, Any]]:
    """Read a procedure as CPSV-AP 3.2, the European vocabulary of public services."""
    return _linked(await exports.of_cpsv_ap(snapshot, code))


@get(
    "/procedures/{code:str}/schema-org",
    guards=[Anyone()],
    cache_control=REFERENCE,
    media_type=_JSON_LD,
    responses=refuses(NoSuchProcedure),
)
async def read_schema_org(code: Code, snapshot: Injected[Snapshot]) -> Response[dict[str, Any]]:
    """Read a procedure as a GovernmentService of schema.org."""
    return _linked(await exports.of_schema_org(snapshot, code))


@get("/exports/cpsv-ap", guards=[Anyone()], cache_control=REFERENCE, media_type=_JSON_LD)
async def export_cpsv_ap(
    snapshot: Injected[Snapshot], number: Number = 1
) -> Response[dict[str, Any]]:
    """Read a hundred procedures as one graph of CPSV-AP; a page after the last holds none."""
    return _linked(await exports.all_cpsv_ap(snapshot, number))


@get("/hsds", guards=[Anyone()], cache_control=REFERENCE)
async def describe_hsds(snapshot: Injected[Snapshot]) -> hsds.About:
    """Say which version of the Human Services Data Specification is spoken here."""
    return hsds.About(
        specification="3.0",
        profile="https://docs.openreferral.org/en/v3.0.0/",
        openapi_url=f"{snapshot.base_url}/v1/openapi.json",
    )


@get("/hsds/services", guards=[Anyone()], cache_control=REFERENCE)
async def list_services(
    snapshot: Injected[Snapshot], number: Number = 1, per_page: PerPage = 50
) -> hsds.Services:
    """List procedures in force as services."""
    return await exports.services(snapshot, number, per_page)


@get(
    "/hsds/services/{service_id:uuid}",
    guards=[Anyone()],
    cache_control=REFERENCE,
    responses=refuses(NotFound, NoSuchProcedure),
)
async def read_service(service_id: HsdsId, snapshot: Injected[Snapshot]) -> hsds.Service:
    """Read one procedure as a service."""
    return await exports.service(snapshot, service_id)


@get("/hsds/organizations", guards=[Anyone()], cache_control=REFERENCE)
async def list_organizations(
    snapshot: Injected[Snapshot], number: Number = 1, per_page: PerPage = 50
) -> hsds.Organizations:
    """List who performs procedures, as the records name them."""
    return await exports.organizations(snapshot, number, per_page)


@get(
    "/hsds/organizations/{organization_id:uuid}",
    guards=[Anyone()],
    cache_control=REFERENCE,
    responses=refuses(NotFound),
)
async def read_organization(
    organization_id: HsdsId, snapshot: Injected[Snapshot]
) -> hsds.Organization:
    """Read one of those who perform procedures."""
    return await exports.organization(snapshot, organization_id)


@get("/hsds/service_at_locations", guards=[Anyone()], cache_control=REFERENCE)
async def list_services_at_locations(
    snapshot: Injected[Snapshot], number: Number = 1, per_page: PerPage = 50
) -> hsds.ServicesAtLocations:
    """List where procedures may be filed: each at every centre of the province."""
    return await exports.at_locations(snapshot, number, per_page)


@get("/hsds/taxonomies", guards=[Anyone()], cache_control=REFERENCE)
async def list_taxonomies(number: Number = 1, per_page: PerPage = 50) -> hsds.Taxonomies:
    """List the ways in which services are sorted: by field of administration."""
    return exports.taxonomies(number, per_page)


@get("/hsds/taxonomy_terms", guards=[Anyone()], cache_control=REFERENCE)
async def list_taxonomy_terms(
    snapshot: Injected[Snapshot], number: Number = 1, per_page: PerPage = 50
) -> hsds.TaxonomyTerms:
    """List the fields of administration."""
    return await exports.terms(snapshot, number, per_page)


ROUTES = (
    read_cpsv_ap,
    read_schema_org,
    export_cpsv_ap,
    describe_hsds,
    list_services,
    read_service,
    list_organizations,
    read_organization,
    list_services_at_locations,
    list_taxonomies,
    list_taxonomy_terms,
)
