"""For officers: what waits for signatures, what was amended, and how the log is."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get
from litestar.params import FromPath, QueryParameter

from backend.kernel import Injected, NotFound, Snapshot, refuses, requires
from contracts.page import Page
from modules.documents.repository.desk import Amended, Step, Waiting
from modules.documents.scopes import ISSUE, REVOKE, TRUST
from modules.documents.service import desk
from modules.documents.service.desk import LogHealth, Paper


class Steps(msgspec.Struct, frozen=True, kw_only=True):
    """Whom an agency's documents wait for, at most 200 lines."""

    steps: tuple[Step, ...]


@get("/issuance/steps", guards=[requires(ISSUE)])
async def list_signing_steps(snapshot: Injected[Snapshot]) -> Steps:
    """Count the documents of your agency that wait for each role, run by run."""
    return Steps(steps=tuple(await desk.steps(snapshot)))


@get("/issuance/waiting", guards=[requires(ISSUE)])
async def list_waiting_documents(
    snapshot: Injected[Snapshot],
    run_id: Annotated[UUID | None, QueryParameter(description="Only those of a run.")] = None,
    cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=100)] = 20,
) -> Page[Waiting]:
    """List the documents of your agency that wait for signatures, and whose turn it is."""
    return await desk.waiting(snapshot, run_id, cursor, limit)


@get("/issuance/amendments", guards=[requires(ISSUE)])
async def list_agency_amendments(
    snapshot: Injected[Snapshot],
    cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=100)] = 20,
) -> Page[Amended]:
    """List later revisions of your agency's documents, and why each was begun."""
    return await desk.amended(snapshot, cursor, limit)


@get("/{document_id:uuid}/status", guards=[requires(REVOKE)], responses=refuses(NotFound))
async def read_status(document_id: FromPath[UUID], snapshot: Injected[Snapshot]) -> Paper:
    """Read how a document of your agency counts, and which registrars want it revoked."""
    return await desk.paper(snapshot, document_id)


@get("/trust/log-health", guards=[requires(TRUST)])
async def read_log_health(snapshot: Injected[Snapshot]) -> LogHealth:
    """Read how far the log has come, and how far those who sign for it."""
    return await desk.log_health(snapshot)


ROUTES = (
    list_signing_steps,
    list_waiting_documents,
    list_agency_amendments,
    read_status,
    read_log_health,
)
