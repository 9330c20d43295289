"""One call for many reports: each is done or refused for itself."""

from datetime import timedelta
from typing import Final

from backend.kernel import DomainError, Snapshot, StepUpNeeded, Transaction
from contracts.territory import AgencyRegister
from modules.feedback.model.moderation import Batch, BatchAnswer, BatchAnswers, BatchItem
from modules.feedback.model.reports import Declination, Destination, Reclassification, Report
from modules.feedback.service import deadlines, desk


def may_run(snapshot: Snapshot, count: int) -> bool:
    """Tell whether the caller may do so many at once now, or has to show a key before."""
    proved_at = snapshot.principal.auth_time
    return count <= AT_ONCE or (proved_at is not None and snapshot.now - proved_at <= FRESH)


class _OnlyTried(Exception):
    """Takes back what was done to see whether it could be."""


AT_ONCE: Final = 20
"""More than so many take a proof of who one is that is not older than `FRESH`."""
FRESH: Final = timedelta(minutes=5)
_CHALLENGE: Final = (
    f'DPoP error="insufficient_user_authentication", max_age="{int(FRESH.total_seconds())}"'
)


async def run(tx: Transaction, batch: Batch, *, agencies: AgencyRegister) -> BatchAnswers:
    """Make the call for each report in its turn, or only say what would come of it.

    Raises `StepUpNeeded` for many reports, if they are not only tried.
    """
    if not batch.dry_run and not may_run(tx, len(batch.items)):
        raise StepUpNeeded(headers={"WWW-Authenticate": _CHALLENGE})
    return BatchAnswers(
        items=[await _one(tx, batch, item, agencies=agencies) for item in batch.items]
    )


async def _one(
    tx: Transaction, batch: Batch, item: BatchItem, *, agencies: AgencyRegister
) -> BatchAnswer:
    version: int | None = None
    problem: str | None = None
    try:
        async with tx.attempt():
            version = (await _made(tx, batch, item, agencies=agencies)).version
            if batch.dry_run:
                raise _OnlyTried
    except _OnlyTried:
        pass
    except DomainError as refusal:
        version, problem = None, refusal.slug
    return BatchAnswer(id=item.id, version=version, problem=problem)


async def _made(
    tx: Transaction, batch: Batch, item: BatchItem, *, agencies: AgencyRegister
) -> Report:
    version, text = item.version, batch.text or ""
    match batch.action:
        case "claim":
            return await desk.claim(tx, item.id, version=version)
        case "assignment":
            to = Destination(agency_id=batch.agency_id)
            return await desk.assign(tx, item.id, to, version=version, agencies=agencies)
        case "declination":
            said = Declination(reason=batch.reason or "no-issue", text=text)
            return await desk.decline(tx, item.id, said, version=version)
        case "class":
            wanted = Reclassification(deadline_class=batch.deadline_class or "normal", text=text)
            return await deadlines.reclassify(tx, item.id, wanted, version=version)
