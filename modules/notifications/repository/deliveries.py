"""Ways out for messages, and what became of them."""

from typing import Final
from uuid import UUID

from backend.kernel import Query, Snapshot, Statement, Transaction
from contracts.notifications import Channel
from modules.notifications.model.messages import Delivery, DeliveryState

ADD: Final = Query(
    Delivery,
    """
    insert into notifications.delivery (id, message_id, channel, device_id, state)
    values ($1, $2, $3, $4, 'queued')
        on conflict (message_id, channel, device_id) do nothing
    returning id, message_id, channel, device_id, state
    """,
)

FIND: Final = Query(
    Delivery,
    "select id, message_id, channel, device_id, state from notifications.delivery where id = $1",
)

SETTLE: Final = Statement("""
    update notifications.delivery
       set state = $2, sender = $3, ref = $4, settled_at = $5
     where id = $1
""")


async def add(
    tx: Transaction, message_id: UUID, channel: Channel, device_id: UUID | None
) -> Delivery | None:
    """Enter a way out; None when it was entered before."""
    return await tx.maybe(ADD, tx.new_id(), message_id, channel, device_id)


async def find(snapshot: Snapshot, delivery_id: UUID) -> Delivery | None:
    return await snapshot.maybe(FIND, delivery_id)


async def settle(
    tx: Transaction, delivery_id: UUID, state: DeliveryState, *, sender: str = "", ref: str = ""
) -> None:
    await tx.run(SETTLE, delivery_id, state, sender or None, ref or None, tx.now)
