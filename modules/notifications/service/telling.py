"""Telling: the message is kept in the teller's transaction, and what leaves the house is work."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from backend.kernel import Job, Transaction
from contracts.notifications import Channel, KindName, Recipient, Words
from modules.notifications.model.messages import Message, not_before
from modules.notifications.model.preferences import Preference, unspoken
from modules.notifications.repository import deliveries, messages
from modules.notifications.repository import preferences as choices
from modules.notifications.service.carrying import CARRY, Carried, open_ways
from modules.notifications.service.wording import kinds


class Dispatched(msgspec.Struct, frozen=True, kw_only=True):
    """A message whose ways out of the house are to be found."""

    message_id: UUID


class Telling:
    """Provides `contracts.notifications.Notifier`."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def tell(
        self,
        to: Recipient,
        kind: KindName,
        values: Mapping[str, str | Words],
        *,
        about: str,
        once: str,
    ) -> None:
        declared = kinds(self._tx).get(kind)
        if declared is None:
            raise LookupError(kind)
        if set(values) != set(declared.values):
            raise ValueError(f"{kind} takes {declared.values}")
        told = messages.Told(to=to, kind=kind, values=values, about=about, once=once)
        message_id = self._tx.new_id()
        if await messages.tell(self._tx, message_id, told):
            await self._tx.enqueue(DISPATCH, Dispatched(message_id=message_id))


async def _dispatch(tx: Transaction, dispatched: Dispatched) -> None:
    """Find by which ways a message goes out, and when; the same ways when it is done again."""
    message = await messages.find(tx, dispatched.message_id)
    if message is None:
        return
    kind = kinds(tx).get(message.kind)
    if kind is None:
        return
    if message.person_id is not None:
        chosen = await choices.find(tx, message.person_id) or unspoken(message.person_id)
        waits = chosen.quiet_at_night and not kind.is_pressing
        at = not_before(tx.now) if waits else tx.now
        for channel, device_id in await _ways(tx, chosen, kind.topic):
            if channel in open_ways(tx):
                await _carry(tx, message, channel, device_id, at)
    elif message.subject_id is not None:
        at = tx.now if kind.is_pressing else not_before(tx.now)
        channel = "email" if message.email is not None else "sms"
        if channel in open_ways(tx):
            await _carry(tx, message, channel, None, at)


DISPATCH: Final = Job(name="notifications.dispatch", run=_dispatch, payload=Dispatched)


async def _ways(
    tx: Transaction, chosen: Preference, topic: str
) -> list[tuple[Channel, UUID | None]]:
    found: list[tuple[Channel, UUID | None]] = []
    for channel in chosen.ways(topic):
        if channel == "push":
            reached = await choices.reached(tx, chosen.person_id)
            found.extend((channel, device.id) for device in reached)
        else:
            found.append((channel, None))
    return found


async def _carry(
    tx: Transaction,
    message: Message,
    channel: Channel,
    device_id: UUID | None,
    at: datetime,
) -> None:
    delivery = await deliveries.add(tx, message.id, channel, device_id)
    if delivery is not None:
        await tx.enqueue(CARRY, Carried(delivery_id=delivery.id), at=at)
