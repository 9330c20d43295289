"""Filing a visit, and reading a health book."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from backend.kernel import (
    Forbidden,
    Injected,
    NotFound,
    Snapshot,
    Transaction,
    composed,
    refuses,
    requires,
)
from contracts.page import Page
from modules.health_books.errors import BeingSigned, VisitRefused
from modules.health_books.model.content import Visit
from modules.health_books.model.fhir import MEDIA_TYPE
from modules.health_books.model.kinds import VisitKind
from modules.health_books.repository.visits import VisitRow
from modules.health_books.scopes import PARTNER, READ, TREAT
from modules.health_books.service import emergencies, filing, reading
from modules.health_books.service.emergencies import Opening
from modules.health_books.service.filing import Filed

Sensitive = Literal["mental", "substance", "reproductive"]
_PRIVATE = {"Cache-Control": "private, no-store"}


class VisitToFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A visit, whose it is, and which doctor of this installation is to sign it."""

    person_id: UUID
    doctor_id: UUID
    visit: Visit


class Emergency(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a book has to be opened now; the patient reads it."""

    reason: Annotated[str, Meta(min_length=10, max_length=500)]

    def __post_init__(self) -> None:
        """Refuse a reason of spaces, or with letters that are two ways of writing one."""
        composed(self)


@post("/visits", guards=[requires(TREAT)], responses=refuses(VisitRefused, BeingSigned))
async def file_visit(data: JSONBody[VisitToFile], tx: Injected[Transaction]) -> Filed:
    """Write down a visit at your facility; of one that was signed, an addendum.

    What has to do with HIV becomes a document of its own, which nothing else leads to.
    """
    facility = tx.principal.agency_id
    if facility is None:
        raise Forbidden
    people = {VisitKind.DOCTOR: data.doctor_id, VisitKind.FACILITY: facility}
    return await filing.file(tx, data.person_id, people, data.visit)


@get("/me", guards=[requires(READ)])
async def list_visits(
    snapshot: Injected[Snapshot],
    cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=100)] = 20,
) -> Page[VisitRow]:
    """List the visits in your health book. Each is a document, read as every document is."""
    return await reading.mine(snapshot, _self(snapshot), cursor, limit)


@get(
    "/me/fhir",
    guards=[requires(READ)],
    responses=refuses(NotFound),
    media_type=MEDIA_TYPE,
)
async def export_own(
    snapshot: Injected[Snapshot],
    include: Annotated[list[Sensitive] | None, QueryParameter(max_items=3)] = None,
) -> Response[bytes]:
    """Take your health book along as FHIR R4. Sensitive entries come only when you name them."""
    made = await reading.own_export(snapshot, _self(snapshot), include or [])
    return Response(made, media_type=MEDIA_TYPE, headers=_PRIVATE)


@get(
    "/people/{person_id:uuid}/fhir",
    guards=[requires(PARTNER)],
    responses=refuses(NotFound),
    media_type=MEDIA_TYPE,
)
async def export_consented(person_id: FromPath[UUID], tx: Injected[Transaction]) -> Response[bytes]:
    """Read as FHIR R4 what a person has agreed to for the purpose that you name.

    Sensitive entries are read each for a purpose of its own. The person sees that you looked.
    """
    made = await reading.consented_export(tx, person_id)
    return Response(made, media_type=MEDIA_TYPE, headers=_PRIVATE)


@post("/patients/{person_id:uuid}/break-glass", guards=[requires(TREAT)])
async def break_glass(
    person_id: FromPath[UUID], data: JSONBody[Emergency], tx: Injected[Transaction]
) -> Opening:
    """Open a patient's book to your facility for four hours, in an emergency.

    The patient is told at once, reads your reason, and sees every look. What is sensitive stays
    closed.
    """
    facility = tx.principal.agency_id
    if facility is None:
        raise Forbidden
    return await emergencies.open_book(tx, facility, person_id, data.reason)


@get(
    "/patients/{person_id:uuid}/fhir",
    guards=[requires(TREAT)],
    responses=refuses(NotFound),
    media_type=MEDIA_TYPE,
)
async def read_opened(person_id: FromPath[UUID], tx: Injected[Transaction]) -> Response[bytes]:
    """Read as FHIR R4 a book that your facility has opened. Nothing sensitive is in it."""
    made = await emergencies.read_book(tx, person_id)
    return Response(made, media_type=MEDIA_TYPE, headers=_PRIVATE)


@get("/me/openings", guards=[requires(READ)])
async def list_openings(
    snapshot: Injected[Snapshot],
    cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=100)] = 20,
) -> Page[Opening]:
    """List who has opened your book in an emergency, and why."""
    return await emergencies.openings(snapshot, _self(snapshot), cursor, limit)


def _self(snapshot: Snapshot) -> UUID:
    if snapshot.principal.person_id is None:
        raise Forbidden
    return snapshot.principal.person_id


ROUTES = (
    file_visit,
    list_visits,
    export_own,
    export_consented,
    break_glass,
    read_opened,
    list_openings,
)
