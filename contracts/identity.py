"""What identity tells the other modules, and what it asks of whoever sends text messages."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from typing import ClassVar, Literal, Protocol, TypeAlias
from uuid import UUID

import msgspec

from contracts.event import Event
from contracts.plural import plural

Suspicion: TypeAlias = Literal["rt_reuse", "other_key"]
"""`rt_reuse`: two parties hold one family of refresh tokens (RFC 9700 §4.14); `other_key`: a
refresh token was shown by another device than the one it was given to."""


class SessionSuspected(Event, frozen=True, kw_only=True, tag="identity.session-suspected.v1"):
    """Somebody may hold what only one device should; `ended` tells whether the session is over."""

    about: ClassVar[str] = "person_id"

    person_id: UUID
    session_id: UUID
    why: Suspicion
    ended: bool


class NumberClaimed(Event, frozen=True, kw_only=True, tag="identity.number-claimed.v1"):
    """A new device says that it is the owner's of an account; tell the owner wherever you can.

    Unless somebody objects, it is believed at the end of the waiting time.
    """

    about: ClassVar[str] = "person_id"

    person_id: UUID


class PasskeySuspected(Event, frozen=True, kw_only=True, tag="identity.passkey-suspected.v1"):
    """A passkey said that it was used less often than we know (WebAuthn §6.1.1): it may be a copy.

    It was refused. `holder_id` is a person or an officer.
    """

    about: ClassVar[str] = "holder_id"

    holder_id: UUID
    passkey_id: UUID


class PasskeysChanged(Event, frozen=True, kw_only=True, tag="identity.passkeys-changed.v1"):
    """A citizen has added or removed a passkey; tell them wherever you can."""

    about: ClassVar[str] = "person_id"

    person_id: UUID
    passkey_id: UUID
    change: Literal["added", "removed"]


class PersonVerified(Event, frozen=True, kw_only=True, tag="identity.person-verified.v1"):
    """A person has proved more than before: `ial` 1 or 2, the levels of the national account."""

    about: ClassVar[str] = "person_id"

    person_id: UUID
    ial: int


class PersonMerged(Event, frozen=True, kw_only=True, tag="identity.person-merged.v1"):
    """Two accounts were one human being's: what is `old_id`'s is `new_id`'s from now on."""

    about: ClassVar[str] = "new_id"

    old_id: UUID
    new_id: UUID


class RepresentationChanged(
    Event, frozen=True, kw_only=True, tag="identity.representation-changed.v1"
):
    """Somebody acts for somebody else from now on, or no longer does.

    One that ends on a birthday ends by itself: nothing is told then, for it was known before.
    """

    about: ClassVar[str] = "ward_id"

    ward_id: UUID
    guardian_id: UUID
    change: Literal["begun", "ended"]


class PhoneChanging(Event, frozen=True, kw_only=True, tag="identity.phone-changing.v1"):
    """A person has proved another number; tell them wherever you can, while it can be cancelled."""

    about: ClassVar[str] = "person_id"

    person_id: UUID
    ready_at: datetime


class PhoneChanged(Event, frozen=True, kw_only=True, tag="identity.phone-changed.v1"):
    """A person has another number from now on."""

    about: ClassVar[str] = "person_id"

    person_id: UUID


class ConsentGiven(Event, frozen=True, kw_only=True, tag="identity.consent-given.v1"):
    """From now on a partner may read of a person for a purpose (Law 91/2025/QH15)."""

    about: ClassVar[str] = "person_id"

    person_id: UUID
    purpose: str
    recipient: str
    """The partner's client id."""


class ConsentWithdrawn(Event, frozen=True, kw_only=True, tag="identity.consent-withdrawn.v1"):
    """A partner may not read of a person for a purpose any more; its next call finds nothing."""

    about: ClassVar[str] = "person_id"

    person_id: UUID
    purpose: str
    recipient: str
    """The partner's client id."""


class Consents(Protocol):
    """Knows what people agree to now. Constructed with the asking transaction or snapshot."""

    async def check(self, person_id: UUID, *, purpose: str, recipient: str) -> bool:
        """Tell whether the person agrees now that this recipient reads for this purpose.

        For rows there is the rule `purpose_consented`, and `tinhs.consented` for their policy.
        """
        ...


class Officers(Protocol):
    """Knows who works where. Constructed with the asking transaction or snapshot."""

    async def work_in(self, staff_id: UUID, agency_id: UUID, *, roles: Collection[str]) -> bool:
        """Tell whether the officer holds one of these roles in the agency now, and may sign in."""
        ...

    async def names(self, staff_ids: Collection[UUID]) -> Mapping[UUID, str]:
        """Return id → name of these officers, at most 200: to officers, and to nobody else."""
        ...


class StaffRoleChanged(Event, frozen=True, kw_only=True, tag="identity.staff-role-changed.v1"):
    """What an officer may do has changed: roles, areas, or that they were shut out."""

    about: ClassVar[str] = "staff_id"

    staff_id: UUID


class Inheriting(msgspec.Struct, frozen=True, kw_only=True):
    """An agency that has taken over; with areas (codes of communes), only what lies there."""

    agency_id: UUID
    areas: tuple[str, ...] = ()


class AgencyReorganised(Event, frozen=True, kw_only=True, tag="identity.agency-reorganised.v1"):
    """Agencies have ended at 00:00 of a day in Vietnam, and their open affairs have heirs.

    Told once. A module gives what is open to the heir, and leaves history as it was: who acted
    then has acted then. With several heirs the one counts in whose areas a thing lies.
    """

    about: ClassVar[str] = "reorganisation_id"

    reorganisation_id: UUID
    former: tuple[UUID, ...]
    heirs: tuple[Inheriting, ...]
    on: date


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """The provider has taken the message; `ref` is the name it has there."""

    ref: str


class Rejected(msgspec.Struct, frozen=True, kw_only=True):
    """The provider has not sent it; another one may."""

    may_later: bool = False
    """Whether this one may too, later: it was not reached, or has not what it sends with."""


class Unknown(msgspec.Struct, frozen=True, kw_only=True):
    """Nobody can say whether it was sent."""


Sent: TypeAlias = Accepted | Rejected | Unknown


def silence(*, was_sent: bool) -> Rejected | Unknown:
    """Return what it means for a message that nobody answered.

    `was_sent` is false when it surely never left: then another provider may be asked at once.
    """
    return Unknown() if was_sent else Rejected(may_later=True)


@plural
class SmsSender(Protocol):
    """Sends text messages. Constructed with the asking transaction, and used outside of it."""

    name: str
    """How `TINHS_IDENTITY_SMS_SENDERS` calls it."""

    async def send(self, to: str, text: str, *, ref: str, ttl: timedelta) -> Sent:
        """Send `text` to `to` (E.164), to be dropped when it could not arrive within `ttl`.

        A second call with the same `ref` is the same message. Says `Unknown` rather than raise.
        """
        ...
