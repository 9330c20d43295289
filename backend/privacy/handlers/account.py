"""A person's own rights: `/v1/account/requests`, `/export`, `/erasure`."""

from collections.abc import Sequence
from typing import Annotated, Final, TypeAlias
from uuid import UUID

import msgspec
from litestar import Response, delete, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from backend.kernel import (
    Anyone,
    Injected,
    NotFound,
    Snapshot,
    StepUpNeeded,
    Transaction,
    Unauthenticated,
    refuses,
    requires,
)
from backend.privacy import erasing, exporting, repository, requests
from backend.privacy.errors import (
    ErasureUnderWay,
    NothingToWithdraw,
    RequestIsOver,
    TooManyExports,
)
from backend.privacy.jobs import ERASE, FORESEE, MAKE, About
from backend.privacy.model import Asked, DataRequest, Erasure, Export, Held
from backend.privacy.scopes import ASK, TAKE_OUT
from backend.privacy.settings import Settings
from contracts.page import Page

Limit: TypeAlias = Annotated[
    int, QueryParameter(ge=1, le=100, description="How many at most, on one page.")
]
Cursor: TypeAlias = Annotated[
    str | None,
    QueryParameter(max_length=1024, description="`next_cursor` of the page before."),
]
TAGS: Final = ["privacy"]


class Exports(msgspec.Struct, frozen=True, kw_only=True):
    """The archives that this session has asked for, the newest first."""

    items: Sequence[Export]


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an erasure, for whoever holds its receipt."""

    receipt: UUID
    state: str
    held: Sequence[Held]
    """What a law keeps for now, and until when."""

    @classmethod
    def of(cls, erasure: Erasure) -> "Receipt":
        """Return what may be told without a session."""
        return cls(receipt=erasure.receipt, state=erasure.state, held=erasure.held)


def caller(snapshot: Snapshot) -> UUID:
    """Return who asks. Raises `Unauthenticated`."""
    person_id = snapshot.principal.person_id
    if person_id is None:
        raise Unauthenticated
    return person_id


def session(snapshot: Snapshot) -> UUID:
    """Return the session that asks. Raises `Unauthenticated`."""
    session_id = snapshot.principal.session_id
    if session_id is None:
        raise Unauthenticated
    return session_id


@get("/v1/account/requests", operation_id="listDataRequests", tags=TAGS, guards=[requires(ASK)])
async def list_requests(
    snapshot: Injected[Snapshot], cursor: Cursor = None, limit: Limit = 20
) -> Page[DataRequest]:
    """List what you have asked about your data, and by which day it has to be done."""
    return await requests.own(snapshot, cursor, limit)


@post("/v1/account/requests", operation_id="askAboutData", tags=TAGS, guards=[requires(ASK)])
async def ask_about_data(data: JSONBody[Asked], tx: Injected[Transaction]) -> DataRequest:
    """Ask to see, correct or copy your data, or to stop, restrict or object to their use."""
    return await requests.ask(tx, caller(tx), data, tx.ask(Settings))


@post(
    "/v1/account/requests/{request_id:uuid}/withdrawal",
    operation_id="withdrawDataRequest",
    tags=TAGS,
    guards=[requires(ASK)],
    status_code=200,
    responses=refuses(NotFound, RequestIsOver),
)
async def withdraw_request(request_id: FromPath[UUID], tx: Injected[Transaction]) -> DataRequest:
    """Take a request back that is not finished."""
    return await requests.withdraw(tx, caller(tx), request_id)


@post(
    "/v1/account/export",
    operation_id="exportAccount",
    tags=TAGS,
    guards=[requires(TAKE_OUT)],
    status_code=202,
    responses=refuses(StepUpNeeded, TooManyExports),
)
async def export_account(tx: Injected[Transaction]) -> Exports:
    """Have one archive made of everything that is kept of you, for this session, for a day."""
    return await start_export(tx)


async def start_export(tx: Transaction) -> Exports:
    """Have the caller's archive made. Raises `StepUpNeeded` or `TooManyExports`."""
    person_id, session_id = caller(tx), session(tx)
    await exporting.require_strength(tx, person_id)
    export_id = await exporting.ask(tx, person_id, session_id)
    await tx.enqueue(MAKE, About(id=export_id), key=str(export_id))
    return Exports(items=await exporting.own(tx, person_id, session_id))


@get("/v1/account/exports", operation_id="listExports", tags=TAGS, guards=[requires(ASK)])
async def list_exports(snapshot: Injected[Snapshot]) -> Exports:
    """List the archives that this session has asked for."""
    found = await exporting.own(snapshot, caller(snapshot), session(snapshot))
    return Exports(items=found)


@get(
    "/v1/account/exports/{export_id:uuid}/archive",
    operation_id="fetchExport",
    tags=TAGS,
    guards=[requires(TAKE_OUT)],
    responses=refuses(NotFound, StepUpNeeded),
    media_type="application/zip",
)
async def fetch_export(export_id: FromPath[UUID], snapshot: Injected[Snapshot]) -> Response[bytes]:
    """Fetch an archive: only with the session that asked for it, and only for a day."""
    raw = await exporting.fetch(snapshot, export_id, caller(snapshot), session(snapshot))
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": 'attachment; filename="tinhs-export.zip"',
    }
    return Response(raw, media_type="application/zip", headers=headers)


@post(
    "/v1/account/erasure",
    operation_id="eraseAccount",
    tags=TAGS,
    guards=[requires(TAKE_OUT)],
    status_code=202,
    responses=refuses(StepUpNeeded, ErasureUnderWay),
)
async def erase_account(tx: Injected[Transaction]) -> Erasure:
    """Have everything erased that no law holds. Until `due_at` it can be taken back.

    Keep the receipt: afterwards nobody is left who could sign in and ask.
    """
    return await start_erasure(tx)


async def start_erasure(tx: Transaction) -> Erasure:
    """Have the caller erased. Raises `StepUpNeeded` or `ErasureUnderWay`."""
    person_id = caller(tx)
    await exporting.require_strength(tx, person_id)
    erasure = await erasing.ask(tx, person_id, tx.ask(Settings))
    about = About(id=erasure.id)
    await tx.enqueue(FORESEE, about, key=str(erasure.id))
    await tx.enqueue(ERASE, about, at=erasure.due_at, key=str(erasure.id))
    return erasure


@get(
    "/v1/account/erasure",
    operation_id="readErasure",
    tags=TAGS,
    guards=[requires(ASK)],
    responses=refuses(NotFound),
)
async def read_erasure(tx: Injected[Transaction]) -> Erasure:
    """Read how far the erasure is, and what would stay, with the law that keeps it."""
    return await erasing.own(tx, caller(tx))


@delete(
    "/v1/account/erasure",
    operation_id="keepAccount",
    tags=TAGS,
    guards=[requires(ASK)],
    status_code=204,
    responses=refuses(NothingToWithdraw),
)
async def keep_account(tx: Injected[Transaction]) -> None:
    """Take the erasure back while it is cooling."""
    await erasing.withdraw(tx, caller(tx))


@get(
    "/v1/erasures/{receipt:uuid}",
    operation_id="readErasureReceipt",
    tags=TAGS,
    guards=[Anyone()],
    responses=refuses(NotFound),
)
async def read_receipt(receipt: FromPath[UUID], snapshot: Injected[Snapshot]) -> Receipt:
    """Read what became of an erasure, without signing in: there is no account any more."""
    erasure = await snapshot.maybe(repository.OF_RECEIPT, receipt)
    if erasure is None:
        raise NotFound
    return Receipt.of(erasure)
