"""Telling people what concerns them, and the boundaries over which that goes out of the house.

Whoever tells says who, what kind and which values; what is written, in which language, over which
way and at which hour is the business of notifications and of the person.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Literal, Protocol, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta

from contracts.identity import Accepted, Rejected, Unknown
from contracts.plural import plural

Channel = Literal["email", "push", "sms"]
"""Ways out of the house. The inbox is none: it is always written."""

SenderChannel = Literal["email", "push", "app"]
"""What a sender reaches. People know both `push`, to a browser, and `app`, to an app, as push."""

KindName = Annotated[str, Meta(max_length=80, pattern=r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9-]*$")]
"""`<module>.<what-happened>`, such as `feedback.resolved`; names are for ever."""


class ToPerson(msgspec.Struct, frozen=True, kw_only=True, tag="person"):
    """A citizen, by account."""

    person_id: UUID


class ToRole(msgspec.Struct, frozen=True, kw_only=True, tag="role"):
    """Whoever holds the role when they look: in the agency, or in the commune or province.

    One of `agency_id` and `area_code` at least; both: in that agency and for that area.
    """

    role: str
    agency_id: UUID | None = None
    area_code: str | None = None


class ToContact(msgspec.Struct, frozen=True, kw_only=True, tag="contact"):
    """Somebody without an account. Each address is sealed by `Vault` for the named column."""

    subject_id: UUID
    email: tuple[str, bytes] | None = None
    """Column, and what was sealed for it."""
    phone: tuple[str, bytes] | None = None


Recipient: TypeAlias = ToPerson | ToRole | ToContact

Words: TypeAlias = Mapping[str, str]
"""Language → text, with `vi` at least."""


class NotificationKind(msgspec.Struct, frozen=True, kw_only=True):
    """Something that people are told. Its texts are words of the module that declares it.

    `<module>.notifications.<what-happened>.title` and `.text` of `locales/{vi,en}.toml`, with the
    placeholders of `values`. What leaves the house by push or SMS is not these but the sentence
    that something is new about `about`: a screen lies on a table, and a message passes many hands.
    """

    name: KindName
    topic: str
    """What people switch on and off together; words as `<module>.notification_topics.<topic>`."""
    values: tuple[str, ...] = ()
    is_pressing: bool = False
    """Whether it may come at night: something that waits for the person, or is urgent."""


@plural
class NotificationKinds(Protocol):
    """Provided by every module that tells people something."""

    def kinds(self) -> Sequence[NotificationKind]:
        """Return the module's kinds. Pure: no statement is run."""
        ...


class Notifier(Protocol):
    """Tells people, in the transaction of whoever asks: kept if and only if that commits."""

    async def tell(
        self,
        to: Recipient,
        kind: KindName,
        values: Mapping[str, str | Words],
        *,
        about: str,
        once: str,
    ) -> None:
        """Write the message into the inbox and have it carried out of the house.

        `values` are facts that the recipient may read, and no personal data of others: they stay
        until the inbox is emptied. `about` is what people read aloud, such as `PA-7K3F9Q`; the
        same `once` for the same recipient is one message, so that a reaction may be repeated.
        Raises LookupError for a kind that nobody declares, ValueError for values that it does not.
        """
        ...


class Gone(msgspec.Struct, frozen=True, kw_only=True):
    """The address does not exist any more; forget it."""


ChannelSent: TypeAlias = Accepted | Rejected | Unknown | Gone


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """A message on its way out of the house."""

    to: str
    """An address of RFC 5321; or, as JSON, a push subscription (RFC 8030) as the browser made it,
    or `{"token": …}`, the registration of an app with Firebase Cloud Messaging."""
    title: str
    text: str
    language: str
    ref: str
    """A second call with the same one is the same message."""
    ttl: timedelta
    """Afterwards it is not worth delivering."""


@plural
class ChannelSender(Protocol):
    """Carries messages by e-mail, to browsers or to apps.

    Made with the asking transaction, and used outside of it.
    """

    name: str
    """How `TINHS_NOTIFICATIONS_SENDERS` calls it."""
    channel: SenderChannel

    async def send(self, message: Outgoing) -> ChannelSent:
        """Hand the message over. Says `Unknown` rather than raise, and rather than guess."""
        ...
