"""What one was told."""

from datetime import timedelta

from backend.kernel import Snapshot, Transaction
from backend.kernel.locale import language
from contracts.page import Page
from modules.notifications.model.messages import InboxItem, Readings, Received, Unread
from modules.notifications.repository import messages as repository
from modules.notifications.service import wording
from modules.notifications.settings import Settings


async def page(snapshot: Snapshot, cursor: str | None, limit: int) -> Page[InboxItem]:
    """Return what the caller was told, the newest first, in the language of the request."""
    found = await repository.inbox(snapshot, cursor, limit)
    items = [await _item(snapshot, received) for received in found.items]
    return Page(items=items, next_cursor=found.next_cursor)


async def unread(snapshot: Snapshot) -> Unread:
    """Return how much waits to be read, counted up to 100."""
    return await repository.unread(snapshot)


async def note(tx: Transaction, readings: Readings) -> None:
    """Note what was read. What is not the caller's is passed over."""
    await repository.read(tx, readings.ids, readings.until)


async def forget(tx: Transaction) -> None:
    """Empty inboxes of what is too old, 1,000 at a time."""
    before = tx.now - timedelta(days=tx.ask(Settings).inbox_days)
    while await repository.forget(tx, before):
        pass


async def _item(snapshot: Snapshot, received: Received) -> InboxItem:
    said = await wording.said(snapshot, received, language.get())
    return InboxItem(
        id=received.id,
        kind=received.kind,
        title=said.title,
        text=said.text,
        about=received.about,
        created_at=received.created_at,
        read_at=received.read_at,
    )
