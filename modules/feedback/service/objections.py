"""Whoever follows a report may object to its end. Only its reporter can have it opened again."""

from typing import Final
from uuid import UUID

from backend.kernel import NotFound, Snapshot, Transaction, Unauthenticated
from modules.feedback.errors import NotFromHere, WindowOver
from modules.feedback.model.clocks import window_end
from modules.feedback.model.codes import heard
from modules.feedback.model.machines import ReportState
from modules.feedback.model.objections import Objected, Objecting, Objections
from modules.feedback.repository import objections as repository
from modules.feedback.service import desk, following
from modules.feedback.settings import Settings

_ENDED: Final = frozenset({ReportState.RESOLVED, ReportState.DECLINED})


async def object_to(tx: Transaction, code: str, objecting: Objecting) -> Objected:
    """Keep what a follower objects to; whoever objects follows the report from now on.

    Raises `NotFound`, `NotFromHere` while the report is dealt with, or `WindowOver`.
    """
    person_id, written = tx.principal.person_id, heard(code) or ""
    if person_id is None:
        raise Unauthenticated
    found = await repository.ended(tx, written)
    if found is None:
        raise NotFound
    if found.state not in _ENDED:
        raise NotFromHere(state=found.state, allowed=[])
    if tx.now > window_end(found.state_at, tx.ask(Settings).rating_days):
        raise WindowOver
    await following.follow(tx, written)
    return await repository.add(tx, found, written, person_id, objecting.text)


async def of_report(snapshot: Snapshot, report_id: UUID) -> Objections:
    """Return what followers objected to, to the desk."""
    report = await desk.find(snapshot, report_id)
    return Objections(items=await repository.listed(snapshot, report.id))
