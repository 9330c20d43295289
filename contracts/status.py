"""What works here, as `/status.json` tells it to programs."""

from datetime import datetime
from typing import Final, Literal, TypeAlias, get_args
from uuid import UUID

import msgspec

ServiceName: TypeAlias = Literal["pages", "reading", "signing_in", "sending", "verifying"]
"""What people do here: look at pages, read, sign in, send, verify documents."""

SERVICE_NAMES: Final[tuple[ServiceName, ...]] = get_args(ServiceName)


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """Something that people do here, and whether they can.

    `slow`: they can, and what they see is older than was promised.
    """

    name: ServiceName
    state: Literal["works", "slow", "away"]


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """A fault that people were told of, in both languages; without an end it goes on."""

    id: UUID
    services: tuple[ServiceName, ...]
    said_vi: str
    said_en: str
    began_at: datetime
    ended_at: datetime | None = None


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that people do here, as it is at a moment, and what went wrong in 90 days."""

    at: datetime
    services: tuple[Service, ...]
    incidents: tuple[Incident, ...] = ()
    """The newest first."""
    incidents_as_of: datetime | None = None
    """When they were read last; while the database is away they are of before."""
