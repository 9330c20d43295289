"""Human Services Data Specification 3.0 (Open Referral): services and who provides them.

https://docs.openreferral.org/en/v3.0.0/. Absent means not known; it knows no null.
"""

from collections.abc import Sequence
from typing import Literal
from uuid import UUID, uuid5

import msgspec
from msgspec import UNSET, UnsetType

from modules.public_services.model.offices import Office
from modules.public_services.model.procedures import Fee
from modules.public_services.model.views import FieldCard, Procedure

_NAMESPACE = UUID("6b8a3f1e-7d0c-5d54-9b52-9a4b1c3c7f10")
_FIELDS = uuid5(_NAMESPACE, "fields")


class Organization(msgspec.Struct, frozen=True, kw_only=True):
    """Who provides services."""

    id: UUID
    name: str
    description: str


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """What one way of applying costs."""

    id: UUID
    service_id: UUID
    amount: int | UnsetType = UNSET
    currency: Literal["VND"] | UnsetType = UNSET
    option: str | UnsetType = UNSET
    amount_description: str | UnsetType = UNSET


class RequiredDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A paper to bring."""

    id: UUID
    service_id: UUID
    document: str


class Taxonomy(msgspec.Struct, frozen=True, kw_only=True):
    """A way of sorting services: ours are the fields of administration."""

    id: UUID
    name: str
    description: str


class TaxonomyTerm(msgspec.Struct, frozen=True, kw_only=True):
    """A field of administration."""

    id: UUID
    code: str
    name: str
    description: str
    taxonomy_id: UUID


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """A procedure as a service."""

    id: UUID
    name: str
    status: Literal["active", "defunct"]
    organization: Organization
    alternate_name: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    url: str | UnsetType = UNSET
    application_process: str | UnsetType = UNSET
    fees_description: str | UnsetType = UNSET
    eligibility_description: str | UnsetType = UNSET
    cost_options: tuple[Cost, ...] = ()
    required_documents: tuple[RequiredDocument, ...] = ()


class Phone(msgspec.Struct, frozen=True, kw_only=True):
    """A number of a location."""

    id: UUID
    number: str


class Location(msgspec.Struct, frozen=True, kw_only=True):
    """An office. Its address is told in words: HSDS wants a postal code, and there is none."""

    id: UUID
    name: str
    description: str
    location_type: Literal["physical"] = "physical"
    latitude: float | UnsetType = UNSET
    longitude: float | UnsetType = UNSET
    phones: tuple[Phone, ...] = ()


class ServiceAtLocation(msgspec.Struct, frozen=True, kw_only=True):
    """That a procedure may be filed at an office."""

    id: UUID
    service_id: UUID
    location_id: UUID
    location: Location


class About(msgspec.Struct, frozen=True, kw_only=True):
    """Which version of the specification is spoken here, and where it is described."""

    # Sent as `version`; a member of that name would be taken for the version of a row.
    specification: str = msgspec.field(name="version")
    profile: str
    openapi_url: str


class HsdsPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page as HSDS counts pages, from 1."""

    total_items: int
    total_pages: int
    page_number: int
    size: int
    first_page: bool
    last_page: bool
    empty: bool


class Services(HsdsPage, frozen=True, kw_only=True):
    """A page of services."""

    contents: tuple[Service, ...]


class Organizations(HsdsPage, frozen=True, kw_only=True):
    """A page of organizations."""

    contents: tuple[Organization, ...]


class ServicesAtLocations(HsdsPage, frozen=True, kw_only=True):
    """A page of where procedures may be filed."""

    contents: tuple[ServiceAtLocation, ...]


class Taxonomies(HsdsPage, frozen=True, kw_only=True):
    """A page of taxonomies."""

    contents: tuple[Taxonomy, ...]


class TaxonomyTerms(HsdsPage, frozen=True, kw_only=True):
    """A page of terms."""

    contents: tuple[TaxonomyTerm, ...]


TAXONOMY = Taxonomy(
    id=_FIELDS, name="Lĩnh vực", description="Lĩnh vực của thủ tục hành chính, theo nơi công bố."
)


def organization(name: str) -> Organization:
    """Return an agency as the record names it."""
    return Organization(id=uuid5(_NAMESPACE, f"organization {name}"), name=name, description=name)


def at_location(service_id: UUID, office: Office) -> ServiceAtLocation:
    """Return that a procedure may be filed at an office."""
    return ServiceAtLocation(
        id=uuid5(service_id, f"at {office.id}"),
        service_id=service_id,
        location_id=office.id,
        location=Location(
            id=office.id,
            name=office.name,
            description=office.address,
            latitude=UNSET if office.lat is None else office.lat,
            longitude=UNSET if office.lon is None else office.lon,
            phones=tuple(
                Phone(id=uuid5(office.id, f"phone {each}"), number=each) for each in office.phones
            ),
        ),
    )


def term(field: FieldCard) -> TaxonomyTerm:
    """Return a field of administration."""
    return TaxonomyTerm(
        id=uuid5(_FIELDS, field.code),
        code=field.code,
        name=field.name,
        description=field.name,
        taxonomy_id=_FIELDS,
    )


def service(procedure: Procedure) -> Service:
    """Return a procedure as a service."""
    text, agencies = procedure.citizen_text, procedure.body.agencies
    names = agencies.performing or agencies.competent or (procedure.decision.agency,)
    steps = [step for group in procedure.body.steps for step in group.steps]
    costs = _costs(procedure)
    fees = [each.amount_description for each in costs if each.amount_description]
    return Service(
        id=procedure.id,
        name=procedure.title,
        status="active" if procedure.status == "in_force" else "defunct",
        organization=organization(names[0]),
        alternate_name=(text.plain_title if text else "") or UNSET,
        description=(text.summary if text else "") or procedure.body.description or UNSET,
        url=procedure.apply.url or UNSET,
        application_process="\n".join(steps) or UNSET,
        fees_description="; ".join(map(str, dict.fromkeys(fees))) or UNSET,
        eligibility_description=procedure.body.requirements or UNSET,
        cost_options=costs,
        required_documents=tuple(
            RequiredDocument(
                id=uuid5(procedure.version_id, f"paper {case.key} {paper.key}"),
                service_id=procedure.id,
                document=paper.name,
            )
            for case in procedure.body.cases
            for paper in case.papers
        ),
    )


def _costs(procedure: Procedure) -> tuple[Cost, ...]:
    return tuple(
        Cost(
            id=uuid5(procedure.version_id, f"fee {channel.key} {option.key} {fee.key}"),
            service_id=procedure.id,
            amount=UNSET if fee.amount_vnd is None else fee.amount_vnd,
            currency=UNSET if fee.amount_vnd is None else "VND",
            option=channel.kind,
            amount_description=_said(fee) or UNSET,
        )
        for channel in procedure.body.channels
        for option in channel.options
        for fee in option.fees
    )


def _said(fee: Fee) -> str:
    return fee.condition or (
        "Do Hội đồng nhân dân cấp tỉnh quy định" if fee.kind == "set_by_province" else ""
    )


def counted(total: int, number: int, per_page: int, shown: Sequence[object]) -> dict[str, object]:
    """Return the members that a page has beside its contents."""
    pages = max(-(-total // per_page), 1)
    return {
        "total_items": total,
        "total_pages": pages,
        "page_number": number,
        "size": len(shown),
        "first_page": number == 1,
        "last_page": number >= pages,
        "empty": not shown,
    }
