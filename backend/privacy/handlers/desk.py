"""The privacy desk: `/v1/admin/requests`, `/holds`, `/incidents`."""

from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, JSONBody

from backend.kernel import (
    Injected,
    NotFound,
    Snapshot,
    Transaction,
    Unauthenticated,
    refuses,
    requires,
)
from backend.privacy import desk, erasing, requests
from backend.privacy.errors import (
    AlreadyExtended,
    LawMissing,
    NotReported,
    OwnProposal,
    RequestIsOver,
)
from backend.privacy.handlers.account import TAGS, Cursor, Limit
from backend.privacy.jobs import ERASE, About
from backend.privacy.model import (
    DataRequest,
    Decision,
    Incident,
    IncidentStep,
    LegalHold,
    NewHold,
    NewIncident,
)
from backend.privacy.scopes import DESK, HOLD
from backend.privacy.settings import Settings
from contracts.page import Page


def officer_at(snapshot: Snapshot) -> UUID:
    """Return which officer is at the desk. Raises `Unauthenticated` for a job."""
    staff_id = snapshot.principal.staff_id
    if staff_id is None:
        raise Unauthenticated
    return staff_id


@get("/v1/admin/requests", operation_id="listOpenDataRequests", tags=TAGS, guards=[requires(DESK)])
async def list_open_requests(
    snapshot: Injected[Snapshot], cursor: Cursor = None, limit: Limit = 20
) -> Page[DataRequest]:
    """List the requests that are not finished, the most urgent first, and whose they are not."""
    return await requests.waiting(snapshot, cursor, limit)


@get(
    "/v1/admin/requests/{request_id:uuid}",
    operation_id="readDataRequest",
    tags=TAGS,
    guards=[requires(DESK)],
    responses=refuses(NotFound),
)
async def read_request(request_id: FromPath[UUID], tx: Injected[Transaction]) -> DataRequest:
    """Read a request with what the person wrote, who sees in their log that you did."""
    return await requests.read(tx, request_id)


@post(
    "/v1/admin/requests/{request_id:uuid}/decision",
    operation_id="decideDataRequest",
    tags=TAGS,
    guards=[requires(DESK)],
    status_code=200,
    responses=refuses(NotFound, RequestIsOver, AlreadyExtended, LawMissing),
)
async def decide_request(
    request_id: FromPath[UUID], data: JSONBody[Decision], tx: Injected[Transaction]
) -> DataRequest:
    """Answer, take up, extend once, fulfil or refuse a request; a refusal names its law."""
    return await requests.decide(tx, request_id, data, tx.ask(Settings))


@get("/v1/admin/holds", operation_id="listHolds", tags=TAGS, guards=[requires(DESK)])
async def list_holds(
    snapshot: Injected[Snapshot], cursor: Cursor = None, limit: Limit = 20
) -> Page[LegalHold]:
    """List what is kept from being erased, the newest first."""
    return await desk.holds(snapshot, cursor, limit)


@post("/v1/admin/holds", operation_id="proposeHold", tags=TAGS, guards=[requires(HOLD)])
async def propose_hold(data: JSONBody[NewHold], tx: Injected[Transaction]) -> LegalHold:
    """Propose to keep what a module has of a person; it holds when another officer agrees."""
    return await desk.propose_hold(tx, officer_at(tx), data)


@post(
    "/v1/admin/holds/{hold_id:uuid}/approval",
    operation_id="approveHold",
    tags=TAGS,
    guards=[requires(HOLD)],
    status_code=200,
    responses=refuses(NotFound, OwnProposal, RequestIsOver),
)
async def approve_hold(hold_id: FromPath[UUID], tx: Injected[Transaction]) -> LegalHold:
    """Agree to a hold that somebody else has proposed."""
    return await desk.place_hold(tx, officer_at(tx), hold_id)


@post(
    "/v1/admin/holds/{hold_id:uuid}/lifting",
    operation_id="liftHold",
    tags=TAGS,
    guards=[requires(HOLD)],
    status_code=200,
    responses=refuses(NotFound, RequestIsOver),
)
async def lift_hold(hold_id: FromPath[UUID], tx: Injected[Transaction]) -> LegalHold:
    """End a hold; an erasure that waited for it goes on."""
    return await lifted(tx, hold_id)


async def lifted(tx: Transaction, hold_id: UUID) -> LegalHold:
    """End a hold, and let an erasure go on that waited for it."""
    hold = await desk.lift_hold(tx, officer_at(tx), hold_id)
    waiting = await erasing.held_up(tx, hold.person_id)
    if waiting is not None:
        await tx.enqueue(ERASE, About(id=waiting), key=f"{waiting} {hold_id}")
    return hold


@get("/v1/admin/incidents", operation_id="listIncidents", tags=TAGS, guards=[requires(DESK)])
async def list_incidents(
    snapshot: Injected[Snapshot], cursor: Cursor = None, limit: Limit = 20
) -> Page[Incident]:
    """List breaches of personal data, the newest first."""
    return await desk.incidents(snapshot, cursor, limit)


@post("/v1/admin/incidents", operation_id="recordIncident", tags=TAGS, guards=[requires(DESK)])
async def record_incident(data: JSONBody[NewIncident], tx: Injected[Transaction]) -> Incident:
    """Record a breach; the authority has to know of it 72 hours after it was detected."""
    return await desk.record_incident(tx, officer_at(tx), data)


@post(
    "/v1/admin/incidents/{incident_id:uuid}/steps",
    operation_id="stepIncident",
    tags=TAGS,
    guards=[requires(DESK)],
    status_code=200,
    responses=refuses(NotFound, NotReported),
)
async def step_incident(
    incident_id: FromPath[UUID], data: JSONBody[IncidentStep], tx: Injected[Transaction]
) -> Incident:
    """Note that the authority was told, what was done, or that it is over."""
    return await desk.step_incident(tx, incident_id, data)
