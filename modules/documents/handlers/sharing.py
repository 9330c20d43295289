"""A holder shows facts of a document to somebody; and whoever was given the address looks."""

from datetime import timedelta
from typing import Annotated, Final
from uuid import UUID

from litestar import delete, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from backend.kernel import (
    Anyone,
    Injected,
    NotFound,
    Snapshot,
    Transaction,
    Tries,
    at_most,
    refuses,
    requires,
)
from contracts.page import Page
from modules.documents.errors import NoSuchFacts
from modules.documents.model.sharing import Opened, Share, Shared, ShareOrder, ShareQuestion
from modules.documents.scopes import SHARE
from modules.documents.service import sharing

_GUESSES: Final = at_most(5, per=timedelta(days=1), by="address")


@post(
    "/{document_id:uuid}/shares",
    guards=[requires(SHARE)],
    responses=refuses(NotFound, NoSuchFacts),
)
async def share_document(
    document_id: FromPath[UUID], data: JSONBody[ShareOrder], tx: Injected[Transaction]
) -> Shared:
    """Let somebody see some facts of your document, for one purpose and a while."""
    return await sharing.share(tx, document_id, data)


@get("/{document_id:uuid}/shares", guards=[requires(SHARE)], responses=refuses(NotFound))
async def list_shares(
    document_id: FromPath[UUID],
    snapshot: Injected[Snapshot],
    cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=100)] = 20,
) -> Page[Share]:
    """List what you share of a document, and when somebody looked at it."""
    return await sharing.listed(snapshot, document_id, cursor, limit)


@post(
    "/shares/{share_id:uuid}/consent",
    guards=[requires(SHARE)],
    responses=refuses(NotFound),
    status_code=204,
)
async def agree_to_share(share_id: FromPath[UUID], tx: Injected[Transaction]) -> None:
    """Agree to a share that waits for you, of a child from seven on or of whoever represents you.

    Until both have agreed, its address opens nothing.
    """
    await sharing.agree(tx, share_id)


@delete("/shares/{share_id:uuid}", guards=[requires(SHARE)], responses=refuses(NotFound))
async def withdraw_share(share_id: FromPath[UUID], tx: Injected[Transaction]) -> None:
    """Withdraw a share: from now on its address opens nothing."""
    await sharing.withdraw(tx, share_id)


@post(
    "/shares/open",
    guards=[Anyone(), at_most(30, per=timedelta(minutes=1), by="address")],
    responses=refuses(NotFound),
    status_code=200,
)
async def open_share(
    data: JSONBody[ShareQuestion], tx: Injected[Transaction], tries: Injected[Tries]
) -> Opened:
    """Look at what somebody shares with you: the facts, and whether the document still stands.

    What is wrong, withdrawn or over is not there, all alike.
    """
    await tries.spend(_GUESSES, about=data.token)
    await sharing.require_token(tx, data)
    tries.give_back(_GUESSES, about=data.token)
    return await sharing.opened(tx, data)
