"""Filing a visit, and reading a health book."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Response, delete, get, post
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
from modules.health_books.model.checkup import Checkup
from modules.health_books.model.content import Facility, Visit
from modules.health_books.model.fhir import MEDIA_TYPE
from modules.health_books.model.kinds import VisitKind
from modules.health_books.repository.openings import Present
from modules.health_books.repository.visits import VisitRow
from modules.health_books.scopes import PARTNER, READ, TREAT
from modules.health_books.service import (
    check_ins,
    checkups,
    emergencies,
    filing,
    openings,
    reading,
    summing,
)
from modules.health_books.service.filing import Filed
from modules.health_books.service.openings import OpenBook, Opening
from modules.health_books.service.summing import Ordered

Sensitive = Literal["mental", "substance", "reproductive"]
_PRIVATE = {"Cache-Control": "private, no-store"}


class VisitToFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A visit, whose it is, and which doctor of this installation is to sign it."""

    person_id: UUID
    doctor_id: UUID
    visit: Visit


class CheckupToFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A checkup, whose it is, and who is to sign it: the specialists in its order."""

    person_id: UUID
    specialist_ids: Annotated[tuple[UUID, ...], Meta(min_length=1, max_length=20)]
    concluding_doctor_id: UUID
    checkup: Checkup


class BookToMake(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The facility as the summary names it."""

    facility: Facility


class Emergency(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a book has to be opened now; the patient reads it."""

    reason: Annotated[str, Meta(min_length=10, max_length=500)]

    def __post_init__(self) -> None:
        """Refuse a reason of spaces, or with letters that are two ways of writing one."""
        composed(self)


class CheckIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The facility to which somebody has come."""

    agency_id: UUID


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


@post("/checkups", guards=[requires(TREAT)], responses=refuses(VisitRefused, BeingSigned))
async def file_checkup(data: JSONBody[CheckupToFile], tx: Injected[Transaction]) -> Filed:
    """Write down a checkup at your facility: its doctors sign, who concludes signs last.

    What has to do with HIV does not stand in it: write that down as a visit.
    """
    facility = tx.principal.agency_id
    if facility is None:
        raise Forbidden
    doctors = (data.specialist_ids, data.concluding_doctor_id)
    return await checkups.file(tx, facility, data.person_id, doctors, data.checkup)


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
    """Read as FHIR R4 a book that is open to your facility. Nothing sensitive is in it."""
    made = await openings.read_fhir(tx, person_id)
    return Response(made, media_type=MEDIA_TYPE, headers=_PRIVATE)


@get("/me/openings", guards=[requires(READ)])
async def list_openings(
    snapshot: Injected[Snapshot],
    cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=100)] = 20,
) -> Page[Opening]:
    """List to whom your book was opened: by you when you came, or in an emergency, and why."""
    return await openings.mine(snapshot, _self(snapshot), cursor, limit)


@post("/me/check-ins", guards=[requires(READ)])
async def check_in(data: JSONBody[CheckIn], tx: Injected[Transaction]) -> Opening:
    """Let the facility to which you have come read your book for a day, or until your visit ends.

    What is sensitive stays closed, and you see each look.
    """
    return await check_ins.check_in(tx, _self(tx), data.agency_id)


@delete("/me/check-ins/{opening_id:uuid}", guards=[requires(READ)], responses=refuses(NotFound))
async def leave(opening_id: FromPath[UUID], tx: Injected[Transaction]) -> None:
    """Close your book again to the facility that you have let read it."""
    await check_ins.withdraw(tx, _self(tx), opening_id)


@get("/check-ins", guards=[requires(TREAT)])
async def list_present(
    snapshot: Injected[Snapshot],
    cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=100)] = 20,
) -> Page[Present]:
    """List who has come to your facility and lets it read."""
    return await check_ins.present(snapshot, cursor, limit)


@post(
    "/patients/{person_id:uuid}/book",
    guards=[requires(TREAT)],
    responses=refuses(NotFound),
    status_code=202,
)
async def sum_up_book(
    person_id: FromPath[UUID], data: JSONBody[BookToMake], tx: Injected[Transaction]
) -> Ordered:
    """Sum up the book of somebody who has come, under your facility's seal.

    It names every visit that was signed by its document's hash. Nothing sensitive is in it.
    """
    if tx.principal.agency_id is None:
        raise Forbidden
    return await summing.order(tx, tx.principal.agency_id, person_id, data.facility)


@get("/patients/{person_id:uuid}", guards=[requires(TREAT)], responses=refuses(NotFound))
async def read_patient(person_id: FromPath[UUID], tx: Injected[Transaction]) -> OpenBook:
    """Read the book of somebody who has come to your facility. Nothing sensitive is in it."""
    return await openings.read_book(tx, person_id)


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
    check_in,
    leave,
    list_present,
    read_patient,
    file_checkup,
    sum_up_book,
)
