"""What askers read of a dossier: a stranger with a proof the state, its owner everything."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from contracts.public_services import NationalStatus
from modules.public_services.model.dossiers import (
    CODE_CHARACTERS_MAX,
    Clock,
    Dossier,
    DueSource,
    Group,
    Moment,
    Punctuality,
    Status,
    clock_of,
    group_of,
    is_anomaly,
    normalised,
    paused_for,
)
from modules.public_services.model.offices import Hotline

SourceState = Literal["live", "stale", "down", "simulated"]
LIVE: Final = timedelta(minutes=15)
"""After so long a silence, what is known of a dossier is old."""
FAILURES_MAX: Final = 5
"""A system that did not answer so often, one time after another, is down."""


class Connector(msgspec.Struct, frozen=True, kw_only=True):
    """When the source of dossiers was last heard of, and whether it answers."""

    source: str
    last_ok_at: datetime | None
    failures: int
    simulated: bool


class DossierSource(msgspec.Struct, frozen=True, kw_only=True):
    """Who says so, and how old it is.

    `stale` after a quarter of an hour of silence, `down` while the system does not answer; what is
    shown is then what it said last. `simulated`: an invented system; `demo`: nobody's dossier.
    """

    system: str
    as_of: datetime
    state: SourceState
    demo: bool


def source_of(connector: Connector | None, dossier: Dossier, now: datetime) -> DossierSource:
    """Return how fresh a dossier is. What a source in order did not tell anew has not changed."""
    heard = None if connector is None else connector.last_ok_at
    as_of = dossier.synced_at if heard is None else max(dossier.synced_at, heard)
    state: SourceState = "stale"
    if connector is not None and connector.failures >= FAILURES_MAX:
        state = "down"
    elif now - as_of <= LIVE:
        state = "simulated" if connector is not None and connector.simulated else "live"
    return DossierSource(system=dossier.source, as_of=as_of, state=state, demo=dossier.demo)


class Told(Moment, frozen=True, kw_only=True):
    """A move as it is kept; the database shows the texts to the owner alone."""

    id: UUID
    dossier_id: UUID
    sequence: int
    from_status: Status | None
    step_due_at: datetime | None
    department: str
    content: str
    reason: str


class DossierStep(msgspec.Struct, frozen=True, kw_only=True):
    """One move on the way of a dossier; an `anomaly` is one that the national graph lacks."""

    id: UUID
    occurred_at: datetime
    from_status: NationalStatus | None
    to_status: NationalStatus
    step_due_at: datetime | None
    anomaly: bool


class ToldStep(DossierStep, frozen=True, kw_only=True):
    """One move, and what the officers wrote about it."""

    department: str
    content: str
    reason: str


def step_of(told: Told) -> DossierStep:
    """Return what anybody may read of a move."""
    return DossierStep(
        id=told.id,
        occurred_at=told.occurred_at,
        from_status=told.from_status,
        to_status=told.to_status,
        step_due_at=told.step_due_at,
        anomaly=is_anomaly(told.from_status, told.to_status),
    )


def told_step_of(told: Told) -> ToldStep:
    """Return what the owner reads of a move."""
    return ToldStep(
        id=told.id,
        occurred_at=told.occurred_at,
        from_status=told.from_status,
        to_status=told.to_status,
        step_due_at=told.step_due_at,
        anomaly=is_anomaly(told.from_status, told.to_status),
        department=told.department,
        content=told.content,
        reason=told.reason,
    )


class DossierQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """A code, and the end of what only its holder knows. Sent in a body, never in an address."""

    code: Annotated[str, Meta(min_length=8, max_length=CODE_CHARACTERS_MAX + 10)]
    factor: Annotated[
        str,
        Meta(
            pattern="^[0-9A-Za-z]{6}$",
            description="Last six of the identity paper, phone, tax code or receipt's code.",
        ),
    ]

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "code", normalised(self.code))


class DossierStanding(msgspec.Struct, frozen=True, kw_only=True):
    """Where a dossier stands. Punctuality is told against the first date and the present one."""

    code: str
    procedure_code: str | None
    procedure_title: str
    receiving_agency: str
    resolving_agency: str
    status: NationalStatus
    group: Group
    clock: Clock
    status_at: datetime
    submitted_at: datetime | None
    received_at: datetime | None
    first_due_at: datetime | None
    due_at: datetime | None
    due_source: DueSource | None
    answer_due_at: datetime | None
    """While it waits to be accepted: until when somebody says so."""
    finished_at: datetime | None
    returned_at: datetime | None
    paused_seconds: int
    by_first_date: Punctuality
    by_present_date: Punctuality
    source: DossierSource


class PublicDossier(msgspec.Struct, frozen=True, kw_only=True):
    """What anybody reads who knows the code and a proof: no name, no text, no officer."""

    standing: DossierStanding
    steps: Sequence[DossierStep]
    hotlines: Sequence[Hotline]
    """Whom to ring about it, and when."""


class OwnDossier(msgspec.Struct, frozen=True, kw_only=True):
    """What its owner reads."""

    id: UUID
    standing: DossierStanding
    fee_due_vnd: int | None


def standing_of(
    dossier: Dossier,
    steps: Sequence[Moment],
    connector: Connector | None,
    now: datetime,
    answer_due_at: datetime | None = None,
) -> DossierStanding:
    """Return where the dossier stands at `now`; `steps` are its own, in order."""
    paused = paused_for(steps, now)
    return DossierStanding(
        code=dossier.code,
        procedure_code=dossier.procedure_code,
        procedure_title=dossier.procedure_title,
        receiving_agency=dossier.receiving_agency,
        resolving_agency=dossier.resolving_agency,
        status=dossier.status,
        group=group_of(dossier.status),
        clock=clock_of(dossier.status),
        status_at=dossier.status_at,
        submitted_at=dossier.submitted_at,
        received_at=dossier.received_at,
        first_due_at=dossier.first_due_at,
        due_at=dossier.due_at,
        due_source=dossier.due_source,
        answer_due_at=answer_due_at,
        finished_at=dossier.finished_at,
        returned_at=dossier.returned_at,
        paused_seconds=int(paused.total_seconds()),
        by_first_date=dossier.punctuality(dossier.first_due_at, now),
        by_present_date=dossier.punctuality(dossier.due_at, now),
        source=source_of(connector, dossier, now),
    )
