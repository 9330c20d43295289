"""What can be proposed, and what a proposal is."""

import re
from datetime import date, datetime
from typing import Annotated, Final, Literal, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta

from backend.identity.keys import Jwks
from backend.kernel import Line, Name, composed

RoleName = Annotated[str, Meta(pattern="^[a-z][a-z_]{1,39}$")]
"""A role as modules declare it: `officer`, `identity_desk`."""
AreaCode = Annotated[str, Meta(pattern="^([0-9]{2}|[0-9]{5})$")]
"""A commune, or a province that stands for all its communes."""
Roles = Annotated[tuple[RoleName, ...], Meta(max_length=20)]
Areas = Annotated[tuple[AreaCode, ...], Meta(max_length=200)]
ScopeName = Annotated[str, Meta(pattern="^[a-z_]{1,31}:[a-z_-]{1,40}$")]
Purpose = Annotated[str, Meta(pattern=r"^[a-z0-9_]{1,40}\.[a-z0-9_-]{1,40}$")]

ADMIN: Final = "admin"
ROLES: Final = frozenset({ADMIN, "auditor", "privacy", "lead", "officer", "moderator", "issuer"})
"""Roles that every installation has; modules may declare more."""

_EMAIL: Final = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}")

State = Literal["open", "approved", "refused", "expired"]


class NewOfficer(msgspec.Struct, frozen=True, kw_only=True):
    """A new officer, and what they will be."""

    name: Name
    agency_id: UUID
    roles: Annotated[tuple[RoleName, ...], Meta(min_length=1, max_length=20)]
    areas: Areas = ()
    email: Annotated[str, Meta(max_length=254)] | None = None

    def __post_init__(self) -> None:
        """Keep the name composed; an address has its @."""
        composed(self)
        if self.email is not None and not _EMAIL.fullmatch(self.email):
            raise ValueError("email")


class Invitation(NewOfficer, frozen=True, kw_only=True, tag_field="kind", tag="invitation"):
    """A new officer comes."""


class RoleChange(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="roles"):
    """All that an officer is from now on, for one agency."""

    staff_id: UUID
    agency_id: UUID
    roles: Roles


class AreaChange(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="areas"):
    """All communes that an officer answers for from now on."""

    staff_id: UUID
    areas: Areas


class Enrolment(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="enrolment"):
    """A link with which an officer makes a new key; it replaces the old ones."""

    staff_id: UUID


class Disabling(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="disabling"):
    """An officer is shut out."""

    staff_id: UUID


class NewProgram(msgspec.Struct, frozen=True, kw_only=True):
    """A partner's program, and all that it may do from now on."""

    client_id: Annotated[str, Meta(pattern="^[a-z0-9][a-z0-9._-]{0,63}$")]
    name: Name
    jwks: Jwks
    """Its public keys; they are told here and never fetched."""
    scopes: Annotated[tuple[ScopeName, ...], Meta(max_length=100)] = ()
    purposes: Annotated[tuple[Purpose, ...], Meta(max_length=100)] = ()
    agreement: Line
    """The agreement that allows it, as the files of the agency name it."""
    rate_per_minute: Annotated[int, Meta(ge=1, le=100_000)] | None = None

    def __post_init__(self) -> None:
        """Keep the texts composed; a program has at least one key."""
        composed(self)
        if not 0 < len(self.jwks.keys) <= 10:
            raise ValueError("jwks")


class ClientDraft(NewProgram, frozen=True, kw_only=True, tag_field="kind", tag="client"):
    """A partner's program comes, or is changed."""


class Heir(msgspec.Struct, frozen=True, kw_only=True):
    """An agency that takes over; with areas, only what lies there."""

    agency_id: UUID
    areas: Areas = ()


class NewReorganisation(msgspec.Struct, frozen=True, kw_only=True):
    """Agencies end, and others take over, at 00:00 of a day in Vietnam."""

    former: Annotated[tuple[UUID, ...], Meta(min_length=1, max_length=100)]
    heirs: Annotated[tuple[Heir, ...], Meta(min_length=1, max_length=100)]
    on: date
    carry_roles: Roles = ()
    """Roles that officers keep, at the heir; all others end."""

    def __post_init__(self) -> None:
        """Nobody inherits from themselves, and heirs that share say how."""
        heirs = [heir.agency_id for heir in self.heirs]
        if len({*heirs, *self.former}) < len(heirs) + len(self.former):
            raise ValueError("heirs")
        if len(heirs) > 1 and not all(heir.areas for heir in self.heirs):
            raise ValueError("areas")


class Reorganisation(
    NewReorganisation, frozen=True, kw_only=True, tag_field="kind", tag="reorganisation"
):
    """Agencies end, and others take over."""


Change: TypeAlias = (
    Invitation | RoleChange | AreaChange | Enrolment | Disabling | ClientDraft | Reorganisation
)


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """What an administrator has proposed, and what became of it."""

    id: UUID
    change: Change
    subject_id: UUID | None
    """The officer whom it is about, who decides nothing about themselves."""
    proposed_by: UUID
    proposed_at: datetime
    expires_at: datetime
    state: State
    decided_by: UUID | None
    """Nobody for what needed no second administrator."""
    decided_at: datetime | None


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal, and the link that came of it: shown here, once, and kept nowhere."""

    proposal: Proposal
    link: str | None = None


class Officer(msgspec.Struct, frozen=True, kw_only=True):
    """An officer, as administrators see them."""

    id: UUID
    name: str
    email: str | None
    status: Literal["invited", "active", "disabled"]
    agency_id: UUID | None
    roles: tuple[str, ...]
    areas: tuple[str, ...]
    has_key: bool
    disabled_at: datetime | None


class PartnerProgram(msgspec.Struct, frozen=True, kw_only=True):
    """A partner's program, as administrators see it."""

    id: str
    name: str
    scopes: tuple[str, ...]
    purposes: tuple[str, ...]
    agreement: str | None
    rate_per_minute: int | None
    key_ids: tuple[str, ...]
    disabled_at: datetime | None


class Reorganised(msgspec.Struct, frozen=True, kw_only=True):
    """A reorganisation that was approved; `done_at` once its day has come."""

    id: UUID
    former: tuple[UUID, ...]
    heirs: tuple[Heir, ...]
    on: date
    carry_roles: tuple[str, ...]
    done_at: datetime | None
