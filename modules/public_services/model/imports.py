"""An import: what is brought, what it would change, and how that went."""

from datetime import date, datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from backend.kernel import folded
from modules.public_services.model.findings import Severity
from modules.public_services.model.procedures import CODE, CitizenText, Head, ProcedureBody

State = Literal["uploaded", "ready", "rejected", "applied", "withdrawn"]
ChangeKind = Literal["new", "changed", "unchanged", "abolished"]

PART_BYTES: Final = 1 << 20


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What a file cannot say of itself."""

    effective_on: date
    decision: str
    agency: str
    complete: bool = False
    """The file holds every national procedure: those that it lacks are abolished."""
    correction: bool = False
    """The file corrects what the same decision had published."""


class Import(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was brought."""

    id: UUID
    state: State
    options: Options
    file_name: str
    digest: str
    records: int
    errors: int
    warnings: int
    uploaded_at: datetime
    validated_at: datetime | None
    applied_at: datetime | None
    left_out: tuple[str, ...]


class FindingRow(msgspec.Struct, frozen=True, kw_only=True):
    """A finding as it is kept."""

    position: int
    severity: Severity
    code: str
    file: str
    place: str
    column_name: str
    value: str
    procedure_code: str


class FindingView(msgspec.Struct, frozen=True, kw_only=True):
    """A finding as it is read: with its sentence."""

    position: int
    severity: Severity
    code: str
    text: str
    file: str
    place: str
    column: str
    value: str
    procedure_code: str


class Staged(msgspec.Struct, frozen=True, kw_only=True):
    """A record of an import, waiting."""

    position: int
    code: str
    base_code: str | None
    change: ChangeKind
    fields: tuple[str, ...]
    procedure_id: UUID
    version_id: UUID
    decision_id: UUID
    decision_number: str
    decision_agency: str
    valid_from: date
    head: Head | None
    body: ProcedureBody | None
    source: dict[str, Any] | None
    citizen_text: CitizenText | None
    digest: str
    replaces: tuple[str, ...] = ()


class PlannedChange(msgspec.Struct, frozen=True, kw_only=True):
    """What an import would do to one procedure, and to which of its members."""

    position: int
    code: str
    change: ChangeKind
    fields: tuple[str, ...]


class LeavingOut(msgspec.Struct, frozen=True, kw_only=True):
    """Which procedures an officer leaves out of an import, because they are at fault."""

    left_out: Annotated[
        tuple[Annotated[str, Meta(pattern=CODE, max_length=40)], ...], Meta(max_length=1000)
    ] = ()


class CurrentVersion(msgspec.Struct, frozen=True, kw_only=True):
    """What is in force of a procedure, as far as an import must know."""

    code: str
    procedure_id: UUID
    valid_from: date
    decision_number: str
    decision_agency: str
    digest: str
    is_national: bool


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """How many procedures an import changes in one way."""

    change: ChangeKind
    count: int


def same_decision(record: Staged, current: CurrentVersion) -> bool:
    """Tell whether both were published by one decision."""
    return (folded(record.decision_number), folded(record.decision_agency)) == (
        folded(current.decision_number),
        folded(current.decision_agency),
    )
