"""Carrying a message out of the house: an errand for each way, tried again until it is known."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Literal, TypeAlias
from uuid import UUID

import msgspec

from backend.kernel import Errand, GiveUp, Job, Later, Snapshot, Transaction, work_key
from contracts.identity import Accepted, Rejected, SmsSender, Unknown
from contracts.notifications import (
    Channel,
    ChannelSender,
    ChannelSent,
    Gone,
    Outgoing,
    SenderChannel,
)
from contracts.personal_data import Look, People, SubjectErased, Unopenable, Vault
from modules.notifications.model.messages import GOOD_FOR, Message
from modules.notifications.model.preferences import (
    EMAIL_COLUMN,
    PURPOSE,
    SUBSCRIPTION_COLUMN,
    DeviceKind,
    unspoken,
)
from modules.notifications.repository import deliveries, messages
from modules.notifications.repository import preferences as choices
from modules.notifications.service import wording
from modules.notifications.service.fcm import Fcm
from modules.notifications.service.mail import Smtp
from modules.notifications.service.push import WebPush
from modules.notifications.service.stand_ins import FileApp, FileEmail, FilePush
from modules.notifications.settings import Settings

_LOG: Final = logging.getLogger("tinhs.notifications")
_PATIENCE_SECONDS: Final = 12
_UNKNOWN_WAITS: Final = timedelta(minutes=30)
_REFUSED_FOR: Final = timedelta(hours=6)

REACHED_BY: Final[Mapping[DeviceKind, SenderChannel]] = {"webpush": "push", "fcm": "app"}
"""What carries messages to which device."""

Send: TypeAlias = Callable[[Outgoing], Awaitable[ChannelSent]]


class Carried(msgspec.Struct, frozen=True, kw_only=True):
    """A way out that is to be taken."""

    delivery_id: UUID


class Sending(msgspec.Struct, frozen=True, kw_only=True):
    """A message on its way, and who may carry it, the first choice first; none: nobody need."""

    delivery: deliveries.Delivery
    outgoing: Outgoing | None
    carriers: tuple[tuple[str, Send], ...]
    tried_until: datetime
    """Until when one that nobody took is tried again: a server that is down may be up by then."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it, and through whom."""

    carrier: str
    sent: ChannelSent | None


def carriers(
    snapshot: Snapshot, channel: SenderChannel | Literal["sms"]
) -> Sequence[tuple[str, Send]]:
    """Return who carries messages that way, by name, in the order of the settings."""
    if channel == "sms":
        known = {sender.name: _by_sms(sender) for sender in snapshot.ask_all(SmsSender)}
    else:
        ours: list[ChannelSender] = [
            make(snapshot) for make in (Smtp, WebPush, Fcm, FileEmail, FilePush, FileApp)
        ]
        senders = [*ours, *snapshot.ask_all(ChannelSender)]
        known = {sender.name: sender.send for sender in senders if sender.channel == channel}
    return [(name, known[name]) for name in snapshot.ask(Settings).senders if name in known]


def _by_sms(sender: SmsSender) -> Send:
    """Let a provider of text messages carry a message: what stands in its title, and no more."""

    async def send(outgoing: Outgoing) -> ChannelSent:
        return await sender.send(outgoing.to, outgoing.title, ref=outgoing.ref, ttl=outgoing.ttl)

    return send


def open_ways(snapshot: Snapshot) -> Sequence[Channel]:
    """Return the ways by which this installation reaches people."""
    every: tuple[Channel, ...] = ("email", "push", "sms")
    return [
        channel
        for channel in every
        if carriers(snapshot, channel) or (channel == "push" and carriers(snapshot, "app"))
    ]


async def _prepare(tx: Transaction, carried: Carried) -> Sending:
    delivery = await deliveries.find(tx, carried.delivery_id)
    if delivery is None or delivery.state != "queued":
        raise GiveUp("nothing waits to be carried there")
    message = await messages.find(tx, delivery.message_id)
    if message is None or tx.now > message.created_at + GOOD_FOR:
        await deliveries.settle(tx, delivery.id, "dead")
        return Sending(delivery=delivery, outgoing=None, carriers=(), tried_until=tx.now)
    outgoing = await _outgoing(tx, delivery, message)
    return Sending(
        delivery=delivery,
        outgoing=outgoing,
        carriers=tuple(carriers(tx, await _reached_by(tx, delivery))),
        tried_until=message.created_at + _REFUSED_FOR,
    )


async def _reached_by(
    tx: Transaction, delivery: deliveries.Delivery
) -> SenderChannel | Literal["sms"]:
    device = None if delivery.device_id is None else await choices.device(tx, delivery.device_id)
    return delivery.channel if device is None else REACHED_BY[device.kind]


async def _outgoing(
    tx: Transaction, delivery: deliveries.Delivery, message: Message
) -> Outgoing | None:
    language = "vi"
    if message.person_id is not None:
        chosen = await choices.find(tx, message.person_id)
        language = (chosen or unspoken(message.person_id)).language
    try:
        to = await _address(tx, delivery, message)
    except (SubjectErased, Unopenable):
        to = None
    if to is None:
        return None
    hint = wording.hint(message, language)
    said = wording.Said(title=hint, text="")
    if delivery.channel == "email":
        said = await wording.said(tx, message, language)
    return Outgoing(
        to=to,
        title=said.title,
        text=said.text,
        language=language,
        ref=work_key(),
        ttl=message.created_at + GOOD_FOR - tx.now,
    )


async def _address(tx: Transaction, delivery: deliveries.Delivery, message: Message) -> str | None:
    """Return where to; None when there is no such address any more."""
    person_id = message.person_id
    if person_id is None:
        sealed = (
            (message.email_column, message.email)
            if delivery.channel == "email"
            else (message.phone_column, message.phone)
        )
        return await _opened(tx, message.subject_id, *sealed, about=message.about)
    if delivery.channel == "email":
        chosen = await choices.find(tx, person_id)
        sealed_email = None if chosen is None else chosen.email
        return await _opened(tx, person_id, EMAIL_COLUMN, sealed_email, about=message.about)
    if delivery.channel == "sms":
        contact = await tx.ask(People).contact(person_id)
        return None if contact is None else contact.phone
    device = None if delivery.device_id is None else await choices.device(tx, delivery.device_id)
    subscription = None if device is None else device.subscription
    return await _opened(tx, person_id, SUBSCRIPTION_COLUMN, subscription, about=message.about)


async def _opened(
    tx: Transaction,
    subject_id: UUID | None,
    column: str | None,
    sealed: bytes | None,
    *,
    about: str,
) -> str | None:
    if subject_id is None or column is None or sealed is None:
        return None
    look = Look(subject_id=subject_id, purpose=PURPOSE, about=about)
    return (await tx.ask(Vault).open(look, {column: sealed}))[column]


async def _call(sending: Sending) -> Outcome:
    """Try one carrier after the other: the next one only when this one surely has not sent."""
    outcome = Outcome(carrier="", sent=None)
    if sending.outgoing is None:
        return outcome
    for name, send in sending.carriers:
        sent = await _sent(send, sending.outgoing)
        outcome = Outcome(carrier=name, sent=sent)
        if not isinstance(sent, Rejected):
            break
    return outcome


async def _sent(send: Send, outgoing: Outgoing) -> ChannelSent:
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            return await send(outgoing)
    except (TimeoutError, OSError):
        return Unknown()


async def _settle(tx: Transaction, sending: Sending, outcome: Outcome) -> None:
    delivery_id = sending.delivery.id
    match outcome.sent:
        case None:
            await deliveries.settle(tx, delivery_id, "skipped")
        case Accepted(ref=ref):
            await deliveries.settle(tx, delivery_id, "sent", sender=outcome.carrier, ref=ref)
        case Rejected() if tx.now < sending.tried_until:
            raise Later(_UNKNOWN_WAITS)
        case Rejected():
            await deliveries.settle(tx, delivery_id, "failed", sender=outcome.carrier)
        case Gone():
            await deliveries.settle(tx, delivery_id, "dead", sender=outcome.carrier)
            await _forget(tx, sending.delivery)
        case Unknown():
            _LOG.warning("nobody can say whether a message went out; it is tried again")
            raise Later(_UNKNOWN_WAITS)


async def _forget(tx: Transaction, delivery: deliveries.Delivery) -> None:
    device = None if delivery.device_id is None else await choices.device(tx, delivery.device_id)
    if device is not None:
        await choices.remove_device(tx, device.id, device.person_id)


CARRY: Final = Job(
    name="notifications.carry",
    run=Errand(prepare=_prepare, call=_call, settle=_settle, seconds_max=40),
    payload=Carried,
)
"""Carry one message out of the house by one way."""
