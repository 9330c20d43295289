"""The log: to the person whom it is about, to auditors, and its seal to everybody."""

from datetime import datetime
from typing import Annotated, Final, TypeAlias
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from backend.audit import reading, repository, verifications
from backend.audit.errors import NotSealedYet
from backend.audit.reading import AccessProof
from backend.audit.scopes import EXPORT, INQUIRE
from backend.audit.verifications import Verification
from backend.identity.scopes import READ
from backend.kernel import (
    Anyone,
    Injected,
    NotFound,
    Snapshot,
    StepUpNeeded,
    Transaction,
    refuses,
    requires,
)
from contracts.page import Page
from contracts.personal_data import AccessLogEntry

Limit: TypeAlias = Annotated[
    int, QueryParameter(ge=1, le=100, description="How many at most, on one page.")
]
Cursor: TypeAlias = Annotated[
    str | None,
    QueryParameter(max_length=1024, description="`next_cursor` of the page before."),
]
Subject: TypeAlias = Annotated[UUID, QueryParameter(description="Whose log.")]
Before: TypeAlias = Annotated[
    datetime | None, QueryParameter(description="`at` of the last entry that was read.")
]
BeforeId: TypeAlias = Annotated[UUID | None, QueryParameter(description="Its `id`.")]

TAKEN: Final = {
    "Cache-Control": "private, no-store",
    "Content-Disposition": 'attachment; filename="looks.csv"',
}
_SOON: Final = {"Cache-Control": "public, max-age=5"}


@get(
    "/v1/account/access-log",
    operation_id="listAccessLog",
    tags=["identity"],
    guards=[requires(READ)],
)
async def list_access_log(
    snapshot: Injected[Snapshot], cursor: Cursor = None, limit: Limit = 20
) -> Page[AccessLogEntry]:
    """List who has looked at your personal data, when and why, the newest first.

    Your own looks are not in it, nor the name of any officer.
    """
    return await reading.own(snapshot, cursor, limit)


@get(
    "/v1/account/access-log/{event_id:uuid}/proof",
    operation_id="proveAccess",
    tags=["identity"],
    guards=[requires(READ)],
    responses=refuses(NotFound, NotSealedYet),
)
async def prove_access(event_id: FromPath[UUID], snapshot: Injected[Snapshot]) -> AccessProof:
    """Read the proof that one of these looks stands in the sealed log, to be checked without us."""
    return await reading.proof(snapshot, event_id)


@get(
    "/v1/admin/audit",
    operation_id="inquireAccessLog",
    tags=["identity"],
    guards=[requires(INQUIRE)],
)
async def inquire_access_log(
    person_id: Subject,
    tx: Injected[Transaction],
    before: Before = None,
    before_id: BeforeId = None,
    limit: Limit = 20,
) -> Page[AccessLogEntry]:
    """List the looks at a person, as an auditor: which is a look too, and noted as one."""
    return Page(items=await reading.inquire(tx, person_id, before, before_id, limit))


class Export(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose lines are taken along."""

    person_id: UUID


@post(
    "/v1/admin/audit/export",
    operation_id="exportAccessLog",
    tags=["identity"],
    guards=[requires(EXPORT)],
    responses=refuses(StepUpNeeded),
    media_type="text/csv",
    status_code=200,
)
async def export_access_log(data: JSONBody[Export], tx: Injected[Transaction]) -> Response[bytes]:
    """Take the newest 10,000 looks at a person along as a table; the log says that you did."""
    return Response(await reading.export(tx, data.person_id), media_type="text/csv", headers=TAKEN)


@post(
    "/v1/admin/audit/verifications",
    operation_id="verifyAccessLog",
    tags=["identity"],
    guards=[requires(INQUIRE)],
    status_code=202,
)
async def verify_access_log(tx: Injected[Transaction]) -> Verification:
    """Have the whole log looked through; a worker reads every look, place and checkpoint."""
    return await verifications.ask(tx)


@get(
    "/v1/admin/audit/verifications/latest",
    operation_id="readVerification",
    tags=["identity"],
    guards=[requires(INQUIRE)],
    responses=refuses(NotFound),
)
async def read_verification(snapshot: Injected[Snapshot]) -> Verification:
    """Read what the last looking-through has found, and the first place that is not as sealed."""
    return await verifications.latest(snapshot)


@get(
    "/.well-known/tinhs-audit-checkpoint",
    operation_id="readAuditCheckpoint",
    tags=["identity"],
    guards=[Anyone()],
    responses=refuses(NotFound),
    media_type="text/plain",
)
async def read_audit_checkpoint(snapshot: Injected[Snapshot]) -> Response[str]:
    """Read the latest signed checkpoint of the log of looks at personal data (C2SP)."""
    seal = await snapshot.maybe(repository.LATEST)
    if seal is None:
        raise NotFound
    return Response(seal.note, media_type="text/plain", headers=_SOON)
