"""Agencies, what they are called elsewhere, and what they are competent for."""

from datetime import date
from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from backend.kernel import Line, Name, composed
from contracts.territory import AgencyKind, CompetenceRole

SUBJECT: Final = r"^[a-z][a-z0-9_]*(\.[a-z0-9_-]+)*$"
UNIT: Final = r"^([0-9]{2}|[0-9]{5})$"
IDENTIFIER: Final = r"^[0-9A-Z]{1,4}(\.[0-9A-Z]{1,4}){0,5}$"

Scheme = Literal["h56", "tt10"]
"""`h56`: Decision 20/2020/QĐ-TTg (`H56.22.05`); `tt10`: Circular 10/2016/TT-BTTTT."""

Subject = Annotated[str, Meta(max_length=100, pattern=SUBJECT, examples=["feedback.roads"])]
UnitCode = Annotated[str, Meta(max_length=5, pattern=UNIT, examples=["14797"])]
IdentifierValue = Annotated[str, Meta(max_length=30, pattern=IDENTIFIER, examples=["H56.22.05"])]


class Identifier(msgspec.Struct, frozen=True, kw_only=True):
    """What an agency is called in somebody else's list. `confirmed` by an official source."""

    scheme: Scheme
    value: IdentifierValue
    valid_from: date
    valid_to: date | None = None
    confirmed: bool = False

    def __post_init__(self) -> None:
        _end_after_begin(self.valid_from, self.valid_to)


class AgencyDraft(msgspec.Struct, frozen=True, kw_only=True):
    """An agency as an officer enters it. `valid_to` is the first day without it."""

    name: Name
    kind: AgencyKind
    unit_code: UnitCode
    parent_id: UUID | None = None
    valid_from: date
    valid_to: date | None = None
    identifiers: Annotated[tuple[Identifier, ...], Meta(max_length=20)] = ()

    def __post_init__(self) -> None:
        composed(self)
        _end_after_begin(self.valid_from, self.valid_to)


class RegisteredAgency(msgspec.Struct, frozen=True, kw_only=True):
    """An agency as it stands in the register."""

    id: UUID
    name: str
    kind: AgencyKind
    unit_code: str
    parent_id: UUID | None
    valid_from: date
    valid_to: date | None
    identifiers: tuple[Identifier, ...]
    version: int


class CompetenceDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What an agency is competent for, as an officer enters it: for a commune or a province."""

    agency_id: UUID
    subject: Subject
    unit_code: UnitCode
    role: CompetenceRole
    valid_from: date
    valid_to: date | None = None
    legal_reference: Line | None = None

    def __post_init__(self) -> None:
        composed(self)
        _end_after_begin(self.valid_from, self.valid_to)


class Competence(msgspec.Struct, frozen=True, kw_only=True):
    """What an agency is competent for, as it stands in the register."""

    id: UUID
    agency_id: UUID
    agency_name: str
    subject: str
    unit_code: str
    role: CompetenceRole
    valid_from: date
    valid_to: date | None
    legal_reference: str | None
    version: int


class AgencyEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A line of `agencies.csv`."""

    id: UUID
    name: Name
    kind: AgencyKind
    unit_code: UnitCode
    parent_id: UUID | None
    valid_from: date
    valid_to: date | None


class IdentifierEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A line of `identifiers.csv`."""

    agency_id: UUID
    scheme: Scheme
    value: IdentifierValue
    valid_from: date
    valid_to: date | None
    confirmed: bool


class CompetenceEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A line of `competences.csv`."""

    id: UUID
    agency_id: UUID
    subject: Subject
    unit_code: UnitCode
    role: CompetenceRole
    valid_from: date
    valid_to: date | None
    legal_reference: Line | None


class AgencyList(msgspec.Struct, frozen=True, kw_only=True):
    """Agencies, their identifiers and their competences, as three files."""

    agencies: list[AgencyEntry]
    identifiers: list[IdentifierEntry]
    competences: list[CompetenceEntry]


def _end_after_begin(valid_from: date, valid_to: date | None) -> None:
    if valid_to is not None and valid_to <= valid_from:
        raise ValueError("valid_to")
