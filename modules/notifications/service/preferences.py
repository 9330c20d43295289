"""What people choose about being told."""

from collections.abc import Sequence
from hashlib import sha256
from uuid import UUID

import msgspec

from backend.kernel import NotFound, Snapshot, Transaction, Unauthenticated
from contracts.personal_data import Look, Vault
from modules.notifications.errors import SubscriptionUnfit, TooManyDevices, WayClosed
from modules.notifications.model.preferences import (
    DEVICES_MAX,
    EMAIL_COLUMN,
    PURPOSE,
    SUBSCRIPTION_COLUMN,
    App,
    Device,
    DeviceKind,
    Preference,
    Preferences,
    ShownPreferences,
    Subscription,
    unspoken,
)
from modules.notifications.repository import preferences as repository
from modules.notifications.service import push, wording
from modules.notifications.service.carrying import REACHED_BY, carriers, open_ways
from modules.notifications.settings import Settings


async def shown(tx: Transaction) -> ShownPreferences:
    """Return how the caller is told. Their own address is opened for them, which nobody notes."""
    person_id = _person(tx)
    chosen = await repository.find(tx, person_id) or unspoken(person_id)
    email = None
    if chosen.email is not None:
        look = Look(subject_id=person_id, purpose=PURPOSE)
        email = (await tx.ask(Vault).open(look, {EMAIL_COLUMN: chosen.email}))[EMAIL_COLUMN]
    ways = open_ways(tx)
    key = tx.ask(Settings).vapid_key.reveal() if carriers(tx, "push") else ""
    return ShownPreferences(
        language=chosen.language,
        email=email,
        by_email=chosen.by_email,
        by_push=chosen.by_push,
        by_sms=chosen.by_sms,
        quiet_at_night=chosen.quiet_at_night,
        muted=chosen.muted,
        topics=wording.topics(tx),
        ways=ways,
        vapid_public_key=push.public_half(key) if key else None,
    )


async def replace(tx: Transaction, wanted: Preferences) -> None:
    """Keep what the caller chose. Raises `WayClosed` for an address that nothing could reach."""
    person_id = _person(tx)
    sealed = None
    if wanted.email is not None:
        if "email" not in open_ways(tx):
            raise WayClosed
        sealed = await _sealed(tx, person_id, EMAIL_COLUMN, wanted.email)
    await repository.put(
        tx,
        Preference(
            person_id=person_id,
            language=wanted.language,
            email=sealed,
            by_email=wanted.by_email,
            by_push=wanted.by_push,
            by_sms=wanted.by_sms,
            quiet_at_night=wanted.quiet_at_night,
            muted=wanted.muted,
        ),
    )


async def devices(snapshot: Snapshot) -> Sequence[Device]:
    """Return the caller's devices."""
    return await repository.devices(snapshot, _person(snapshot))


async def add_device(tx: Transaction, subscription: Subscription) -> Device:
    """Tell this browser too. Raises `SubscriptionUnfit`, `TooManyDevices` or `WayClosed`."""
    try:
        push.encrypted(subscription, b"")
    except ValueError as error:
        raise SubscriptionUnfit from error
    return await _add(tx, "webpush", subscription.endpoint, subscription)


async def add_app(tx: Transaction, app: App) -> Device:
    """Tell this app too. Raises `TooManyDevices` or `WayClosed`."""
    return await _add(tx, "fcm", app.token, app)


async def _add(
    tx: Transaction, kind: DeviceKind, address: str, subscription: Subscription | App
) -> Device:
    """Keep where a device is reached; the same address again is the same device."""
    person_id = _person(tx)
    if not carriers(tx, REACHED_BY[kind]):
        raise WayClosed
    if len(await repository.devices(tx, person_id)) >= DEVICES_MAX:
        raise TooManyDevices(most=DEVICES_MAX)
    raw = msgspec.json.encode(subscription, order="sorted")
    sealed = await _sealed(tx, person_id, SUBSCRIPTION_COLUMN, raw.decode())
    digest = sha256(person_id.bytes + address.encode()).digest()
    return await repository.add_device(tx, person_id, kind, digest, sealed)


async def remove_device(tx: Transaction, device_id: UUID) -> None:
    """Tell this device no more. Raises `NotFound`."""
    if not await repository.remove_device(tx, device_id, _person(tx)):
        raise NotFound


async def _sealed(tx: Transaction, person_id: UUID, column: str, text: str) -> bytes:
    return (await tx.ask(Vault).seal(person_id, {column: text}, purpose=PURPOSE))[column]


def _person(snapshot: Snapshot) -> UUID:
    person_id = snapshot.principal.person_id
    if person_id is None:
        raise Unauthenticated
    return person_id
