"""What callers read."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from modules.public_services.model.offices import Hotline
from modules.public_services.model.procedures import (
    Agencies,
    Audience,
    ChannelKind,
    CitizenText,
    Decision,
    Fee,
    Head,
    Level,
    OnlineLevel,
    ProcedureBody,
    Stored,
    TimeUnit,
)

Standing = Literal["in_force", "abolished"]


class ProvinceTime(msgspec.Struct, frozen=True, kw_only=True):
    """How long it takes in this province, by one way."""

    channel: ChannelKind
    value: int
    unit: TimeUnit
    note: str = ""


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """What the province sets itself, and where it says so."""

    times: tuple[ProvinceTime, ...] = ()
    fees: tuple[Fee, ...] = ()
    agencies: Agencies | None = None
    legal_reference: str = ""


class Application(msgspec.Struct, frozen=True, kw_only=True):
    """Where one applies: online only when there is such a way and the version is in force."""

    online: bool
    url: str | None = None
    login: str | None = None


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """A procedure in a list."""

    code: str
    title: str
    levels: tuple[Level, ...]
    field_code: str
    field_name: str
    audiences: tuple[Audience, ...]
    online_level: OnlineLevel
    channels: tuple[ChannelKind, ...]
    free: bool


class Successor(msgspec.Struct, frozen=True, kw_only=True):
    """A procedure in force in which one that was abolished lives on."""

    code: str
    title: str


class Procedure(msgspec.Struct, frozen=True, kw_only=True):
    """A procedure as it stands on a day."""

    id: UUID
    code: str
    base_code: str | None
    status: Standing
    abolished_on: date | None
    successors: tuple[Successor, ...] = ()
    """Where to go on, once it is abolished."""
    version_id: UUID
    revision: int
    valid_from: date
    valid_to: date | None
    decision: Decision
    title: str
    levels: tuple[Level, ...]
    kind: str
    field_code: str
    field_name: str
    audiences: tuple[Audience, ...]
    online_level: OnlineLevel
    channels: tuple[ChannelKind, ...]
    free: bool
    body: ProcedureBody
    profile: Profile | None
    citizen_text: CitizenText | None
    apply: Application
    hotlines: tuple[Hotline, ...] | UnsetType = UNSET
    """Whom to ring, and when; told of one procedure, not once more for each of many."""


class VersionCard(msgspec.Struct, frozen=True, kw_only=True):
    """One version in the history of a procedure."""

    id: UUID
    revision: int
    title: str
    valid_from: date
    valid_to: date | None
    decision_number: str
    decision_agency: str


class History(msgspec.Struct, frozen=True, kw_only=True):
    """Every version of a procedure, oldest first. A corrected one was in force on no day."""

    versions: tuple[VersionCard, ...]


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One member that two versions have differently; null where a version lacks it."""

    pointer: str
    before: str | int | bool | None
    after: str | int | bool | None


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """What changed from one version to another, by member."""

    before: UUID
    after: UUID
    differences: tuple[Difference, ...]


class FieldCard(msgspec.Struct, frozen=True, kw_only=True):
    """A field of administration (lĩnh vực) and how many procedures are in force in it."""

    code: str
    name: str
    procedures: int


class Fields(msgspec.Struct, frozen=True, kw_only=True):
    """Every field in which a procedure is in force."""

    fields: tuple[FieldCard, ...]


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """The last that happened to a procedure. One that is gone is a tombstone: no `procedure`."""

    seq: int
    code: str
    at: datetime
    procedure: Procedure | None
    successors: tuple[Successor, ...] = ()
    """Where to go on instead of one that is gone."""


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """What changed, each procedure once; ask again with `next` while `more`."""

    changes: tuple[Change, ...]
    next: int
    more: bool


class PublishedVersion(msgspec.Struct, frozen=True, kw_only=True):
    """What one decision published about a procedure: it never changes."""

    id: UUID
    code: str
    revision: int
    valid_from: date
    decision: Decision
    head: Head
    body: ProcedureBody


def published(stored: Stored) -> PublishedVersion:
    """Return what a version says. Not when it ended: that is told later, and this is for ever."""
    return PublishedVersion(
        id=stored.id,
        code=stored.code,
        revision=stored.revision,
        valid_from=stored.valid_from,
        decision=Decision(
            number=stored.decision_number,
            agency=stored.decision_agency,
            effective_on=stored.decision_effective_on,
        ),
        head=stored.head(),
        body=stored.body,
    )


class KeptText(msgspec.Struct, frozen=True, kw_only=True):
    """Our words as they are kept."""

    plain_title: str
    summary: str
    situations: tuple[str, ...]
    version: int


class KeptProfile(msgspec.Struct, frozen=True, kw_only=True):
    """What a province sets, as it is kept."""

    profile: Profile
    version: int
