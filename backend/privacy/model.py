"""Requests, holds, incidents, archives, erasures: shapes and pure rules."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Final, Literal, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta

from backend.kernel import Prose
from backend.privacy.settings import Settings

Kind: TypeAlias = Literal["access", "rectify", "copy", "withdraw", "restrict", "object", "erase"]
RequestState: TypeAlias = Literal[
    "received", "answered", "working", "extended", "fulfilled", "refused", "withdrawn"
]
Text: TypeAlias = Annotated[str, Meta(min_length=1, max_length=2000)]
OPEN: Final = frozenset({"received", "answered", "working", "extended"})
MOVES: Final[dict[str, frozenset[str]]] = {
    "answered": frozenset({"received"}),
    "working": frozenset({"answered"}),
    "extended": frozenset({"answered", "working"}),
    "fulfilled": OPEN,
    "refused": OPEN,
    "withdrawn": OPEN,
}
"""New state → the states from which it is reached."""

REPORT_WITHIN: Final = timedelta(hours=72)
"""Law 91/2025/QH15, article 23: when the authority has to know of a breach."""

ARCHIVE_LIFE: Final = timedelta(hours=24)


def days_for(kind: Kind, settings: Settings) -> int:
    """Return in how many days a request of this kind has to be done."""
    if kind == "erase":
        return settings.erase_days
    if kind in {"withdraw", "restrict", "object"}:
        return settings.withdraw_days
    return settings.access_days


def alarm(received_at: datetime, due: date, now: datetime) -> Literal["", "half", "late", "over"]:
    """Tell how much of the time is used up: half at 50 %, late at 80 %, over after the day."""
    end = datetime.combine(due + timedelta(days=1), datetime.min.time(), received_at.tzinfo or UTC)
    used = (now - received_at) / (end - received_at)
    if used >= 1:
        return "over"
    return "late" if used >= 0.8 else "half" if used >= 0.5 else ""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a person asks about their data."""

    kind: Kind
    note: Annotated[str, Meta(max_length=2000)] = ""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it is kept."""

    id: UUID
    code: str
    person_id: UUID
    kind: Kind
    state: RequestState
    note_enc: bytes | None
    received_at: datetime
    answer_due: date
    finish_due: date
    extended_to: date | None
    extension_reason: str | None
    answered_at: datetime | None
    finished_at: datetime | None
    outcome: str | None
    refusal_law: str | None
    version: int

    @property
    def due(self) -> date:
        """The day by which the next thing has to be done."""
        return self.answer_due if self.state == "received" else self.extended_to or self.finish_due


class DataRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request, as the person and the desk read it."""

    id: UUID
    code: str
    kind: Kind
    state: RequestState
    received_at: datetime
    due: date
    """Vietnam's day by which it is answered, or then finished."""
    alarm: Literal["", "half", "late", "over"]
    """How much of that time is used up; empty once it is over and done with."""
    extended_to: date | None
    extension_reason: str | None
    answered_at: datetime | None
    finished_at: datetime | None
    outcome: str | None
    refusal_law: str | None
    version: int
    note: str | None = None
    """What the person wrote; to the desk only when it opens the request."""

    @classmethod
    def of(cls, kept: Request, now: datetime, note: str | None = None) -> "DataRequest":
        """Return what is told of a request."""
        is_open = kept.state in OPEN
        return cls(
            id=kept.id,
            code=kept.code,
            kind=kept.kind,
            state=kept.state,
            received_at=kept.received_at,
            due=kept.due,
            alarm=alarm(kept.received_at, kept.due, now) if is_open else "",
            extended_to=kept.extended_to,
            extension_reason=kept.extension_reason,
            answered_at=kept.answered_at,
            finished_at=kept.finished_at,
            outcome=kept.outcome,
            refusal_law=kept.refusal_law,
            version=kept.version,
            note=note,
        )


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What the desk does with a request."""

    state: Literal["answered", "working", "extended", "fulfilled", "refused"]
    words: Prose | None = None
    """To the person: the outcome, or why it takes longer."""
    law: Annotated[str, Meta(max_length=200)] = ""
    """The article by which it is refused."""


class NewHold(msgspec.Struct, frozen=True, kw_only=True):
    """Something that shall not be erased for now."""

    person_id: UUID
    module: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{1,30}$")]
    basis: Text
    """The order or article that asks for it; the person is told."""
    until: date | None = None


class LegalHold(msgspec.Struct, frozen=True, kw_only=True):
    """A hold, in force from the moment a second officer agrees."""

    id: UUID
    person_id: UUID
    module: str
    basis: str
    until: date | None
    proposed_by: UUID
    proposed_at: datetime
    placed_at: datetime | None
    lifted_at: datetime | None


class NewIncident(msgspec.Struct, frozen=True, kw_only=True):
    """A breach of personal data, as far as it is known."""

    detected_at: datetime
    what: Text
    persons_affected: Annotated[int, Meta(ge=0)]
    measures: Text


class IncidentStep(msgspec.Struct, frozen=True, kw_only=True):
    """That the authority was told, or that nothing is left to do."""

    reported_as: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    """The authority's reference."""
    measures: Text | None = None
    persons_affected: Annotated[int, Meta(ge=0)] | None = None
    close: bool = False


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """A breach, and what was done about it."""

    id: UUID
    detected_at: datetime
    due_at: datetime
    """When the authority has to know of it: 72 hours after it was detected."""
    what: str
    persons_affected: int
    measures: str
    reported_at: datetime | None
    report_ref: str | None
    closed_at: datetime | None
    version: int


class Export(msgspec.Struct, frozen=True, kw_only=True):
    """An archive of everything, made for the session that asked for it."""

    id: UUID
    state: Literal["waiting", "ready", "gone"]
    asked_at: datetime
    expires_at: datetime
    bytes: int | None


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a law keeps."""

    module: str
    table: str
    basis: str
    until: date | None


class Erasure(msgspec.Struct, frozen=True, kw_only=True):
    """The erasure of an account: how far it is, and what is held back and why."""

    id: UUID
    person_id: UUID
    receipt: UUID
    state: Literal["cooling", "restricted", "done", "withdrawn"]
    asked_at: datetime
    due_at: datetime
    """Until then it can be withdrawn."""
    held: tuple[Held, ...]
    """What stays for now; before the erasure begins, what would stay today."""
    until: date | None
    done_at: datetime | None


class JournalLine(msgspec.Struct, frozen=True, kw_only=True):
    """An erasure as the journal remembers it: ids, and nothing that names anybody."""

    person_id: UUID
    receipt: UUID
    at: datetime


def written(value: object) -> Any:
    """Return what goes into a column of JSON."""
    return msgspec.to_builtins(value)
