"""How a person wants to be told, and on which devices."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from contracts.notifications import Channel

EMAIL_COLUMN: Final = "notifications.preference.email"
SUBSCRIPTION_COLUMN: Final = "notifications.device.subscription"
PURPOSE: Final = "notifications.delivery"
DEVICES_MAX: Final = 10

Language = Literal["vi", "en"]
_ADDRESS: Final = r"^[^@\s<>\x00-\x1F\x7F]+@[^@\s<>]+\.[^@\s<>]+$"
Email = Annotated[str, Meta(min_length=3, max_length=254, pattern=_ADDRESS)]


class Preference(msgspec.Struct, frozen=True, kw_only=True):
    """Preferences as they are kept."""

    person_id: UUID
    language: Language
    email: bytes | None
    by_email: bool
    by_push: bool
    by_sms: bool
    quiet_at_night: bool
    muted: Sequence[str]

    def ways(self, topic: str) -> tuple[Channel, ...]:
        """Return by which ways this person wants to hear of a topic, beside the inbox."""
        if topic in self.muted:
            return ()
        wanted: tuple[tuple[Channel, bool], ...] = (
            ("push", self.by_push),
            ("email", self.by_email and self.email is not None),
            ("sms", self.by_sms),
        )
        return tuple(channel for channel, is_wanted in wanted if is_wanted)


def unspoken(person_id: UUID) -> Preference:
    """Return how somebody is told who has never said how: where a device was registered for it."""
    return Preference(
        person_id=person_id,
        language="vi",
        email=None,
        by_email=True,
        by_push=True,
        by_sms=False,
        quiet_at_night=True,
        muted=(),
    )


class Topic(msgspec.Struct, frozen=True, kw_only=True):
    """What is switched on and off together."""

    code: str
    label: str


class Preferences(msgspec.Struct, frozen=True, kw_only=True):
    """How you want to be told. The inbox is always written."""

    language: Language = "vi"
    email: Email | None = None
    by_email: bool = True
    by_push: bool = True
    by_sms: bool = False
    quiet_at_night: bool = True
    """Whether what can wait waits from 21:00 to 7:00."""
    muted: Annotated[tuple[str, ...], Meta(max_length=50)] = ()
    """Topics of which only the inbox tells."""


class ShownPreferences(msgspec.Struct, frozen=True, kw_only=True):
    """How you are told, and what there is to choose from."""

    language: Language
    email: str | None
    by_email: bool
    by_push: bool
    by_sms: bool
    quiet_at_night: bool
    muted: Sequence[str]
    topics: Sequence[Topic]
    ways: Sequence[Channel]
    """The ways by which this installation reaches people."""
    vapid_public_key: str | None
    """What a browser subscribes to (RFC 8292), base64url; null where there is no push."""


class SubscriptionKeys(msgspec.Struct, frozen=True, kw_only=True):
    """The keys of a browser's subscription (RFC 8291), base64url."""

    p256dh: Annotated[str, Meta(min_length=86, max_length=88, pattern="^[A-Za-z0-9_-]+=*$")]
    auth: Annotated[str, Meta(min_length=21, max_length=24, pattern="^[A-Za-z0-9_-]+=*$")]


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """What `PushManager.subscribe` returns in a browser, as JSON."""

    endpoint: Annotated[str, Meta(max_length=1000, pattern="^https://")]
    keys: SubscriptionKeys


class App(msgspec.Struct, frozen=True, kw_only=True):
    """What `FirebaseMessaging.getToken` returns in an app, on Android or iOS."""

    token: Annotated[str, Meta(min_length=20, max_length=1000, pattern="^[A-Za-z0-9_:-]+$")]


DeviceKind = Literal["webpush", "fcm"]
"""A browser (RFC 8030), or an app registered with Firebase Cloud Messaging."""


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """A device that is told."""

    id: UUID
    kind: DeviceKind
    created_at: datetime


class Reached(msgspec.Struct, frozen=True, kw_only=True):
    """A device with the sealed address at which it is reached."""

    id: UUID
    person_id: UUID
    kind: DeviceKind
    subscription: bytes
