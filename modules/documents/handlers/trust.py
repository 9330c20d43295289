"""The trust store, kept by two people: whose certificates count, and what was decided when."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from backend.kernel import Injected, NotFound, Snapshot, Transaction, refuses, requires
from contracts.page import Page
from modules.documents.errors import AlreadyDecided, NotAnAuthority, SecondPersonNeeded
from modules.documents.model.trusting import Anchor, TrustChange, TrustDecision, TrustOrder
from modules.documents.scopes import TRUST
from modules.documents.service import keys, trusting
from modules.documents.service.keys import HouseKey


class TrustProposal(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal that waits for a second person."""

    id: UUID


@get("/trust/anchors", guards=[requires(TRUST)])
async def list_anchors(
    snapshot: Injected[Snapshot],
    cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=100)] = 20,
) -> Page[Anchor]:
    """List the authorities whose certificates count, besides the house's own."""
    return await trusting.anchors(snapshot, cursor, limit)


@get("/trust/changes", guards=[requires(TRUST)])
async def list_trust_changes(
    snapshot: Injected[Snapshot],
    cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=100)] = 20,
) -> Page[TrustChange]:
    """List what was proposed and decided about the trust store, the newest first."""
    return await trusting.history(snapshot, cursor, limit)


@post("/trust/changes", guards=[requires(TRUST)], responses=refuses(NotAnAuthority))
async def propose_trust_change(
    data: JSONBody[TrustOrder], tx: Injected[Transaction]
) -> TrustProposal:
    """Propose to trust an authority, or a whole list of them, or to trust them no more.

    Nothing changes before somebody else has accepted it; it is logged in public then.
    """
    return TrustProposal(id=await trusting.propose(tx, data))


@post(
    "/trust/changes/{change_id:uuid}/decision",
    guards=[requires(TRUST)],
    responses=refuses(NotFound, SecondPersonNeeded, AlreadyDecided),
    status_code=204,
)
async def decide_trust_change(
    change_id: FromPath[UUID], data: JSONBody[TrustDecision], tx: Injected[Transaction]
) -> None:
    """Accept or refuse what somebody else has proposed; what is accepted counts from now on."""
    await trusting.decide(tx, change_id, accepted=data.accepted)


@get("/trust/keys", guards=[requires(TRUST)])
async def list_keys(
    snapshot: Injected[Snapshot],
    cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=100)] = 20,
) -> Page[HouseKey]:
    """List the keys of the house and of organisations, those too that sign no more."""
    return await keys.listed(snapshot, cursor, limit)


@post(
    "/trust/keys/{key_id:uuid}/rotation",
    guards=[requires(TRUST)],
    responses=refuses(NotFound),
    status_code=204,
)
async def rotate_key(key_id: FromPath[UUID], tx: Injected[Transaction]) -> None:
    """Let a key sign no more: the next signature for its purpose is made with a fresh one.

    What it has signed stays good. The authority's own key is not turned so.
    """
    await trusting.turn(tx, key_id)
