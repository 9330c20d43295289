"""Holds and incidents."""

from uuid import UUID

from backend.kernel import NotFound, Snapshot, Transaction
from backend.privacy import repository
from backend.privacy.errors import NotReported, OwnProposal, RequestIsOver
from backend.privacy.model import (
    REPORT_WITHIN,
    Incident,
    IncidentStep,
    LegalHold,
    NewHold,
    NewIncident,
)
from contracts.page import Page


async def propose_hold(tx: Transaction, officer: UUID, wanted: NewHold) -> LegalHold:
    """Propose that something be kept; it holds when somebody else agrees."""
    hold_id = tx.new_id()
    await tx.run(
        repository.ADD_HOLD,
        hold_id,
        wanted.person_id,
        wanted.module,
        wanted.basis,
        wanted.until,
        officer,
        tx.now,
    )
    return await tx.one(repository.HOLD, hold_id)


async def place_hold(tx: Transaction, officer: UUID, hold_id: UUID) -> LegalHold:
    """Agree to a hold. Raises `NotFound`, `OwnProposal` or `RequestIsOver`."""
    hold = await _hold(tx, hold_id)
    if hold.proposed_by == officer:
        raise OwnProposal
    if not await tx.run(repository.PLACE_HOLD, hold_id, officer, tx.now):
        raise RequestIsOver
    return await tx.one(repository.HOLD, hold_id)


async def lift_hold(tx: Transaction, officer: UUID, hold_id: UUID) -> LegalHold:
    """End a hold, or refuse one that was proposed. Raises `NotFound` or `RequestIsOver`."""
    await _hold(tx, hold_id)
    if not await tx.run(repository.LIFT_HOLD, hold_id, officer, tx.now):
        raise RequestIsOver
    return await tx.one(repository.HOLD, hold_id)


async def holds(snapshot: Snapshot, cursor: str | None, limit: int) -> Page[LegalHold]:
    """Return the holds, the newest first."""
    return await snapshot.page(repository.HOLDS, cursor, limit)


async def record_incident(tx: Transaction, officer: UUID, said: NewIncident) -> Incident:
    """Record a breach, from whose detection the 72 hours run."""
    return await tx.one(
        repository.ADD_INCIDENT,
        tx.new_id(),
        said.detected_at,
        said.detected_at + REPORT_WITHIN,
        said.what,
        said.persons_affected,
        said.measures,
        officer,
    )


async def step_incident(tx: Transaction, incident_id: UUID, step: IncidentStep) -> Incident:
    """Note what was done about a breach. Raises `NotFound` or `NotReported`."""
    kept = await tx.maybe(repository.INCIDENT, incident_id)
    if kept is None:
        raise NotFound
    if step.close and kept.reported_at is None and step.reported_as is None:
        raise NotReported
    return await tx.one(
        repository.STEP_INCIDENT,
        incident_id,
        step.reported_as,
        tx.now,
        step.measures,
        step.persons_affected,
        step.close,
    )


async def incidents(snapshot: Snapshot, cursor: str | None, limit: int) -> Page[Incident]:
    """Return the breaches, the newest first."""
    return await snapshot.page(repository.INCIDENTS, cursor, limit)


async def _hold(tx: Transaction, hold_id: UUID) -> LegalHold:
    hold = await tx.maybe(repository.HOLD, hold_id)
    if hold is None:
        raise NotFound
    return hold
