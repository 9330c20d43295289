"""The inbox: what one was told, and what of it is read."""

from typing import Annotated, TypeAlias

from litestar import get, post
from litestar.params import JSONBody, QueryParameter

from backend.kernel import Injected, Snapshot, Transaction, requires
from contracts.page import Page
from modules.notifications.model.messages import InboxItem, Readings, Unread
from modules.notifications.scopes import READ
from modules.notifications.service import inbox

Limit: TypeAlias = Annotated[
    int, QueryParameter(ge=1, le=100, description="How many at most, on one page.")
]
Cursor: TypeAlias = Annotated[
    str | None,
    QueryParameter(max_length=1024, description="`next_cursor` of the page before."),
]


@get("/inbox", guards=[requires(READ)])
async def list_inbox(
    snapshot: Injected[Snapshot], cursor: Cursor = None, limit: Limit = 20
) -> Page[InboxItem]:
    """List what you were told, the newest first; officers read what their roles were told."""
    return await inbox.page(snapshot, cursor, limit)


@get("/unread", guards=[requires(READ)])
async def count_unread(snapshot: Injected[Snapshot]) -> Unread:
    """Count what you have not read yet, up to 100."""
    return await inbox.unread(snapshot)


@post("/readings", guards=[requires(READ)], status_code=204)
async def note_readings(data: JSONBody[Readings], tx: Injected[Transaction]) -> None:
    """Say what you have read: some messages, or everything up to one."""
    await inbox.note(tx, data)
