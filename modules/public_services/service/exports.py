"""Procedures for other systems, page by page, as their standards write them."""

from typing import Any, TypeVar
from uuid import UUID

import msgspec

from backend.kernel import NotFound, Snapshot
from modules.public_services.model.exports import cpsv_ap, hsds, schema_org
from modules.public_services.model.exports.hsds import HsdsPage
from modules.public_services.model.offices import is_centre
from modules.public_services.model.views import Procedure
from modules.public_services.repository import catalogue as repository
from modules.public_services.repository import changes as told
from modules.public_services.repository import offices
from modules.public_services.service import catalogue

P = TypeVar("P", bound=HsdsPage)

_GRAPH_PAGE = 100


async def of_cpsv_ap(snapshot: Snapshot, code: str) -> dict[str, Any]:
    """Return one procedure as CPSV-AP. Raises `NoSuchProcedure`."""
    found = await catalogue.read(snapshot, code, snapshot.today)
    return cpsv_ap.graph([found], snapshot.base_url)


async def of_schema_org(snapshot: Snapshot, code: str) -> dict[str, Any]:
    """Return one procedure as schema.org has it. Raises `NoSuchProcedure`."""
    found = await catalogue.read(snapshot, code, snapshot.today)
    return schema_org.service(found, snapshot.base_url)


async def all_cpsv_ap(snapshot: Snapshot, number: int) -> dict[str, Any]:
    """Return a page of a hundred procedures as one graph."""
    procedures, _ = await _page(snapshot, number, _GRAPH_PAGE)
    return cpsv_ap.graph(procedures, snapshot.base_url)


async def services(snapshot: Snapshot, number: int, per_page: int) -> hsds.Services:
    """Return a page of services."""
    procedures, total = await _page(snapshot, number, per_page)
    contents = tuple(hsds.service(each) for each in procedures)
    return _made(hsds.Services, contents, total, number, per_page)


async def service(snapshot: Snapshot, service_id: UUID) -> hsds.Service:
    """Return one service. Raises `NotFound`."""
    code = await repository.code_of(snapshot, service_id)
    if code is None:
        raise NotFound
    return hsds.service(await catalogue.read(snapshot, code, snapshot.today))


async def organizations(snapshot: Snapshot, number: int, per_page: int) -> hsds.Organizations:
    """Return a page of the agencies that perform procedures, by name."""
    names = await repository.agencies(snapshot, snapshot.today)
    shown = names[(number - 1) * per_page : number * per_page]
    contents = tuple(hsds.organization(name) for name in shown)
    return _made(hsds.Organizations, contents, len(names), number, per_page)


async def organization(snapshot: Snapshot, organization_id: UUID) -> hsds.Organization:
    """Return one agency. Raises `NotFound`."""
    for name in await repository.agencies(snapshot, snapshot.today):
        found = hsds.organization(name)
        if found.id == organization_id:
            return found
    raise NotFound


async def at_locations(snapshot: Snapshot, number: int, per_page: int) -> hsds.ServicesAtLocations:
    """Return a page of procedures with each centre where they may be filed."""
    services = await repository.filed_in_person(snapshot, snapshot.today)
    centres = [each for each in await offices.offices(snapshot, None) if is_centre(each)]
    total = len(services) * len(centres)
    shown = range((number - 1) * per_page, min(number * per_page, total))
    contents = tuple(
        hsds.at_location(services[place // len(centres)], centres[place % len(centres)])
        for place in shown
    )
    return _made(hsds.ServicesAtLocations, contents, total, number, per_page)


async def terms(snapshot: Snapshot, number: int, per_page: int) -> hsds.TaxonomyTerms:
    """Return a page of the fields of administration."""
    fields = await repository.fields(snapshot, snapshot.today)
    shown = fields[(number - 1) * per_page : number * per_page]
    contents = tuple(hsds.term(field) for field in shown)
    return _made(hsds.TaxonomyTerms, contents, len(fields), number, per_page)


def taxonomies(number: int, per_page: int) -> hsds.Taxonomies:
    """Return the one way in which services are sorted here."""
    contents = (hsds.TAXONOMY,) if number == 1 else ()
    return _made(hsds.Taxonomies, contents, 1, number, per_page)


def _made(kind: type[P], contents: tuple[Any, ...], total: int, number: int, per_page: int) -> P:
    members = {**hsds.counted(total, number, per_page, contents), "contents": contents}
    return msgspec.convert(members, kind, from_attributes=True)


async def _page(snapshot: Snapshot, number: int, per_page: int) -> tuple[list[Procedure], int]:
    codes = await told.codes(snapshot, snapshot.today, None)
    shown = codes[(number - 1) * per_page : number * per_page]
    found = await catalogue.in_force(snapshot, shown)
    return [found[code] for code in shown if code in found], len(codes)
