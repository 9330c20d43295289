"""Messages: as they are kept, as they are read, and when they may go out."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from backend.kernel import VIETNAM
from contracts.notifications import Channel, Recipient, ToContact, ToPerson, ToRole

NIGHT: Final = time(21)
MORNING: Final = time(7)
GOOD_FOR: Final = timedelta(days=3)
"""How long a message that could not be delivered is worth trying."""

DeliveryState = Literal["queued", "sent", "failed", "dead", "skipped"]


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A message as it is kept, with its recipient."""

    id: UUID
    person_id: UUID | None
    role: str | None
    agency_id: UUID | None
    area_code: str | None
    subject_id: UUID | None
    email_column: str | None
    email: bytes | None
    phone_column: str | None
    phone: bytes | None
    kind: str
    values: Mapping[str, str | Mapping[str, str]]
    about: str
    created_at: datetime


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """A message in an inbox, and when its reader has read it."""

    id: UUID
    kind: str
    values: Mapping[str, str | Mapping[str, str]]
    about: str
    created_at: datetime
    read_at: datetime | None


class InboxItem(msgspec.Struct, frozen=True, kw_only=True):
    """Something that you were told."""

    id: UUID
    kind: str
    title: str
    text: str
    about: str
    """What it is about, as people say it: `PA-7K3F9Q`; empty for news of no one thing."""
    created_at: datetime
    read_at: datetime | None


class Unread(msgspec.Struct, frozen=True, kw_only=True):
    """How many messages wait to be read; counted up to 100."""

    unread: int


class Readings(msgspec.Struct, frozen=True, kw_only=True):
    """Which messages were read: those named, or everything up to one."""

    ids: Annotated[tuple[UUID, ...], Meta(max_length=100)] = ()
    until: UUID | None = None
    """The newest message that was read; older ones count as read too."""


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One way out for one message."""

    id: UUID
    message_id: UUID
    channel: Channel
    device_id: UUID | None
    state: DeliveryState


def named(to: Recipient) -> str:
    """Return a recipient in one word: equal exactly for equal ones."""
    match to:
        case ToPerson(person_id=person_id):
            return f"person:{person_id}"
        case ToRole(role=role, agency_id=agency_id, area_code=area_code):
            return f"role:{role}:{agency_id or ''}:{area_code or ''}"
        case ToContact(subject_id=subject_id):
            return f"contact:{subject_id}"


def not_before(now: datetime) -> datetime:
    """Return when people who sleep may be told: now, or at seven in the morning."""
    local = now.astimezone(VIETNAM)
    if MORNING <= local.time() < NIGHT:
        return now
    day = local.date() + timedelta(days=1 if local.time() >= NIGHT else 0)
    return datetime.combine(day, MORNING, VIETNAM)


def filled(
    values: Mapping[str, str | Mapping[str, str]], wanted: Sequence[str], language: str
) -> dict[str, str]:
    """Return the values of a text in a language; what is not known in it is said in Vietnamese."""
    return {name: _said(values.get(name, ""), language) for name in wanted}


def _said(value: str | Mapping[str, str], language: str) -> str:
    return value if isinstance(value, str) else value.get(language) or value.get("vi", "")
